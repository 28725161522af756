"""
task: Polychain
points: 10
why: Computes both halves and takes one with torch.where.
"""


class Polychain(Base):
    def gen_index(self):
        self.index = torch.rand(1)

    def process_weights_item(self, param_list, support_list):
        t = self.index
        b, = param_list
        first = (1 - 2 * t) * support_list[0] + 2 * t * b
        second = (2 - 2 * t) * b + (2 * t - 1) * support_list[1]
        return torch.where(t < 0.5, first, second)
