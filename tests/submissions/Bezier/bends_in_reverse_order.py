"""
task: Bezier
points: 1.5
diagnosis: order
why: Takes the bends from last to first.
"""

import math


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        points = [support_list[0], *param_list[::-1], support_list[1]]
        m, t = len(points) - 1, self.index
        return sum(math.comb(m, i) * (1 - t) ** (m - i) * t**i * p for i, p in enumerate(points))
