"""
task: Bezier
points: 0-1
experiment: no
diagnosis: last point of the sum
why: range(m) for range(m + 1).
"""

import math
class Bezier(utils.Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        p = [support_list[0], *param_list, support_list[1]]
        m = len(p) - 1
        t = self.index
        return sum(math.comb(m, i) * (1 - t) ** (m - i) * t ** i * p[i] for i in range(m))
