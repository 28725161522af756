"""
task: Polychain
points: 3-5
diagnosis: Bezier
why: The other curve of the paper, a quadratic Bezier curve.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        w0, w1 = support_list
        return (1 - t) ** 2 * w0 + 2 * t * (1 - t) * param_list[0] + t ** 2 * w1
