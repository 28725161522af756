"""
task: Polychain
points: 5-8.5
diagnosis: layer|gradient|freeze
cuda: no
why: A t of each layer's own in training.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = torch.rand(1) if self.training else self.index
        return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0] if t < 0.5 else (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
