"""
task: Bezier
points: 0-1
diagnosis: endpoints changed
why: Multiplies the endpoints in place.
"""


import math


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        start, end = support_list
        m = len(param_list) + 1
        start *= (1 - t) ** m
        end *= t ** m
        return start + end + sum(math.comb(m, i) * (1 - t) ** (m - i) * t ** i * p for i, p in enumerate(param_list, 1))
