"""
task: Bezier
points: 0-1
experiment: no
diagnosis: one too large
why: m is the number of points.
"""

import math
class Bezier(utils.Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        p = [support_list[0], *param_list, support_list[1]]
        m = len(p)
        t = self.index
        return sum(math.comb(m, i) * (1 - t) ** (m - i) * t ** i * p[i] for i in range(m))
