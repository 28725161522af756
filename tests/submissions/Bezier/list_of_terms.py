"""
task: Bezier
points: 0
diagnosis: must return a tensor
why: Returns the terms of the sum in a list.
"""


import math


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        points = [support_list[0], *param_list, support_list[1]]
        m, t = len(points) - 1, self.index
        return [math.comb(m, i) * (1 - t) ** (m - i) * t**i * p for i, p in enumerate(points)]
