"""
task: Bezier
points: 0.5-1
diagnosis: gradient
why: Only the first bend is trained.
"""


import math


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        pts = [support_list[0], param_list[0], *[p.detach() for p in param_list[1:]], support_list[1]]
        m, t = len(pts) - 1, self.index
        return sum(math.comb(m, i) * (1 - t) ** (m - i) * t ** i * p for i, p in enumerate(pts))
