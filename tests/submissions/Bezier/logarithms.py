"""
task: Bezier
points: 1-1.5
diagnosis: t = 0;NaN
why: Powers by logarithms: NaN at both ends.
"""


import math


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        pts = [support_list[0], *param_list, support_list[1]]
        m, t = len(pts) - 1, self.index
        return sum(math.comb(m, i) * torch.exp(i * torch.log(t) + (m - i) * torch.log(1 - t)) * p for i, p in enumerate(pts))
