"""
task: Bezier
points: 2
why: The coefficients from Pascal's triangle.
"""


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        pts = [support_list[0], *param_list, support_list[1]]
        row = [1]
        for _ in range(len(pts) - 1):
            row = [1] + [a + b for a, b in zip(row, row[1:])] + [1]
        t = float(self.index)
        m = len(row) - 1
        return sum(c * (1 - t) ** (m - i) * t ** i * p for i, (c, p) in enumerate(zip(row, pts)))
