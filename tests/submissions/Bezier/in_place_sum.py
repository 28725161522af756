"""
task: Bezier
points: 2
why: Adds up in place, into zeros.
"""


import math


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        pts = [support_list[0]] + list(param_list) + [support_list[1]]
        n, t = len(pts) - 1, self.index
        w = torch.zeros_like(pts[0])
        for i in range(n + 1):
            w += math.comb(n, i) * (1 - t) ** (n - i) * t ** i * pts[i]
        return w
