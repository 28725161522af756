"""
task: Bezier
points: 0.5-1
diagnosis: uniform
why: t is the square of a uniform number.
"""


import math


class Bezier(Base):
    def gen_index(self):
        self.index = torch.rand(1) ** 2

    def process_weights_item(self, param_list, support_list):
        pts = [support_list[0], *param_list, support_list[1]]
        m, t = len(pts) - 1, self.index
        return sum(math.comb(m, i) * (1 - t) ** (m - i) * t ** i * p for i, p in enumerate(pts))
