"""
task: Polychain
points: 10
cuda: no
why: Registers the buffer anew at each draw.
"""


class Polychain(Base):
    def gen_index(self):
        self.register_buffer("index", torch.rand(1))

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
