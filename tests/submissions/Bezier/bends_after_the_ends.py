"""
task: Bezier
points: 0-0.5
diagnosis: wrong order
why: Takes the two endpoints first, and then the bends.
"""


import math


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        points = support_list + param_list
        m, t = len(points) - 1, self.index
        return sum(math.comb(m, i) * (1 - t) ** (m - i) * t**i * p for i, p in enumerate(points))
