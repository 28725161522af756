"""
task: Polychain
points: 0-3
diagnosis: raised
why: process_weights_item names its arguments in the wrong order.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, support_list, param_list):
        w0, w1 = support_list
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * w0 + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * w1
