"""
task: Bezier
points: 0.5-1
diagnosis: reversed
why: The powers of t and 1 - t are swapped: the curve runs backwards.
"""

import math


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        points = [support_list[0], *param_list, support_list[1]]
        m, t = len(points) - 1, self.index
        return sum(math.comb(m, i) * t ** (m - i) * (1 - t)**i * p for i, p in enumerate(points))
