"""
task: Bezier
points: 1-1.5
diagnosis: uniform
why: t from a Beta(2, 2).
"""


import math


class Bezier(Base):
    def gen_index(self):
        self.index = torch.distributions.Beta(2.0, 2.0).sample((1,))

    def process_weights_item(self, param_list, support_list):
        pts = [support_list[0], *param_list, support_list[1]]
        m, t = len(pts) - 1, self.index
        return sum(math.comb(m, i) * (1 - t) ** (m - i) * t ** i * p for i, p in enumerate(pts))
