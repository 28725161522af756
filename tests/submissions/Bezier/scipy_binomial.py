"""
task: Bezier
points: 2
why: The formula in a loop, with SciPy's binomial coefficients.
"""

from scipy.special import binom


class Bezier(Base):
    def gen_index(self):
        self.index = torch.rand(1)

    def process_weights_item(self, param_list, support_list):
        t = self.index.item()
        pts = [support_list[0]] + list(param_list) + [support_list[1]]
        m = len(pts) - 1
        out = torch.zeros_like(pts[0])
        for i in range(m + 1):
            out = out + binom(m, i) * (1 - t) ** (m - i) * t ** i * pts[i]
        return out
