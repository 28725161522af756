"""
task: Bezier
points: 0-1.5
diagnosis: factors C(m, i) of the bends are missing
why: The factor 2 for one bend, none for more.
"""


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        pts = [support_list[0], *param_list, support_list[1]]
        m, t = len(pts) - 1, self.index
        c = {2: [1, 2, 1]}.get(m, [1] * (m + 1))
        return sum(c[i] * (1 - t) ** (m - i) * t ** i * p for i, p in enumerate(pts))
