"""
task: Bezier
points: 1.5
diagnosis: uniform|range
why: t is drawn from a normal distribution that is cut off.
"""

import math


class Bezier(Base):
    def gen_index(self):
        self.index = torch.randn(1).mul(0.2).add(0.5).clamp(0, 1)

    def process_weights_item(self, param_list, support_list):
        points = [support_list[0], *param_list, support_list[1]]
        m, t = len(points) - 1, self.index
        return sum(math.comb(m, i) * (1 - t) ** (m - i) * t**i * p for i, p in enumerate(points))
