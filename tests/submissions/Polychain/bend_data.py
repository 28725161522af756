"""
task: Polychain
points: 4-5
diagnosis: no gradient
why: Takes .data of all weights.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        b = param_list[0].data
        w0, w1 = [s.data for s in support_list]
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * w0 + 2 * t * b
        return (2 - 2 * t) * b + (2 * t - 1) * w1
