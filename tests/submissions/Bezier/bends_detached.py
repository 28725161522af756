"""
task: Bezier
points: 1
diagnosis: gradient
why: Detaches the bends, so that they are never trained.
"""

import math


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        points = [support_list[0], *[p.detach() for p in param_list], support_list[1]]
        m, t = len(points) - 1, self.index
        return sum(math.comb(m, i) * (1 - t) ** (m - i) * t**i * p for i, p in enumerate(points))
