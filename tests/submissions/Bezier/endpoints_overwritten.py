"""
task: Bezier
points: 0-1.5
diagnosis: endpoints changed
why: Adds up in place, into the first endpoint.
"""

import math


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        points = [support_list[0], *param_list, support_list[1]]
        m, t = len(points) - 1, self.index
        total = points[0]
        total *= (1 - t) ** m
        for i in range(1, m + 1):
            total = total + math.comb(m, i) * (1 - t) ** (m - i) * t**i * points[i]
        return total
