"""
task: Polychain
points: 10
why: Two branches with the formula written out, the index drawn in place.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        bend = param_list[0]
        w0, w1 = support_list
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * w0 + 2 * t * bend
        else:
            return (2 - 2 * t) * bend + (2 * t - 1) * w1
