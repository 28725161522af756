"""
task: Polychain
points: 0-4.5
diagnosis: NaN|formula
why: Divides zero by zero, so that all weights are NaN.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        zero = 0 * t
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0] + zero / zero
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1] + zero / zero
