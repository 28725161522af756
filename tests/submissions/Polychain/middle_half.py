"""
task: Polychain
points: 6-9
diagnosis: range|uniform
why: t from [1/4, 3/4] only.
"""


class Polychain(Base):
    def gen_index(self):
        self.index = 0.25 + 0.5 * torch.rand(1)

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
