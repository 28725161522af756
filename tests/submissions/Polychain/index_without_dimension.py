"""
task: Polychain
points: 10
why: The index is a tensor without dimensions, which is one number too.
"""


class Polychain(Base):
    def create_index(self):
        self.register_buffer("index", torch.tensor(0.0))

    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        left = (t <= 0.5).float()
        return left * ((1 - 2 * t) * support_list[0] + 2 * t * param_list[0]) + (1 - left) * (
            (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
        )
