"""
task: Bezier
points: 2
cuda: no
why: Powers and binomials as arrays, and one weighted sum of stacked tensors.
"""

import math


class Bezier(Base):
    def gen_index(self):
        self.index.copy_(torch.rand_like(self.index))

    def process_weights_item(self, param_list, support_list):
        points = torch.stack([support_list[0], *param_list, support_list[1]])
        m = len(points) - 1
        i = torch.arange(m + 1)
        binomials = torch.tensor([math.comb(m, j) for j in range(m + 1)])
        shares = (binomials * (1 - self.index) ** (m - i) * self.index**i).to(points.dtype)
        return torch.tensordot(shares, points, dims=1)
