"""
task: Bezier
points: 0-1
diagnosis: formula|raised
why: m is the number of bends, one too small.
"""

import math


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        points = [support_list[0], *param_list, support_list[1]]
        m, t = len(param_list), self.index
        return sum(math.comb(m, i) * (1 - t) ** (m - i) * t**i * p for i, p in enumerate(points[: m + 1]))
