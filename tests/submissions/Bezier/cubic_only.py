"""
task: Bezier
points: 1-1.5
diagnosis: two bends;raised
why: The cubic formula, for exactly two bends.
"""


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        b1, b2 = param_list
        return (1 - t) ** 3 * support_list[0] + 3 * (1 - t) ** 2 * t * b1 + 3 * (1 - t) * t ** 2 * b2 + t ** 3 * support_list[1]
