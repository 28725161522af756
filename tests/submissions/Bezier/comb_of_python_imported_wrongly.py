"""
task: Bezier
points: 0-0.5
diagnosis: raised
why: Takes the binomial coefficient from NumPy, which has none.
"""


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        points = [support_list[0], *param_list, support_list[1]]
        m, t = len(points) - 1, self.index
        return sum(np.comb(m, i) * (1 - t) ** (m - i) * t**i * p for i, p in enumerate(points))
