"""
task: Bezier
points: 1
diagnosis: new t
why: gen_index sets the middle each time.
"""

import math


class Bezier(Base):
    def gen_index(self):
        self.index.fill_(0.5)

    def process_weights_item(self, param_list, support_list):
        points = [support_list[0], *param_list, support_list[1]]
        m, t = len(points) - 1, self.index
        return sum(math.comb(m, i) * (1 - t) ** (m - i) * t**i * p for i, p in enumerate(points))
