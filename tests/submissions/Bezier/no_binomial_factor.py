"""
task: Bezier
points: 0.5-1
diagnosis: binomial factor 2|add up to 1
why: Leaves out the binomial coefficients.
"""


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        points = [support_list[0], *param_list, support_list[1]]
        m, t = len(points) - 1, self.index
        return sum((1 - t) ** (m - i) * t**i * p for i, p in enumerate(points))
