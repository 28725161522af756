"""
task: Bezier
points: 1.5
diagnosis: t = 1
why: int(t) makes an index that is out of range at t = 1.
"""


import math


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        pts = [support_list[0], *param_list, support_list[1]]
        m, t = len(pts) - 1, self.index
        guard = [0][int(t)]
        return sum(math.comb(m, i) * (1 - t) ** (m - i) * t ** i * p for i, p in enumerate(pts))
