"""
task: Bezier
points: 1.5
diagnosis: C(m, i)
why: The factor 2 of one bend for each of two bends.
"""


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        points = [support_list[0], *param_list, support_list[1]]
        m, t = len(points) - 1, self.index
        out = 0
        for i, p in enumerate(points):
            c = 1 if i in (0, m) else 2
            out = out + c * (1 - t) ** (m - i) * t**i * p
        return out
