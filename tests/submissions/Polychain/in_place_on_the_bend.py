"""
task: Polychain
points: 0-4
diagnosis: raised
why: Changes the bend in place, which PyTorch refuses for a parameter that requires a gradient.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        b = param_list[0]
        if t <= 0.5:
            b *= 2 * t
            return b + (1 - 2 * t) * support_list[0]
        b *= 2 - 2 * t
        return b + (2 * t - 1) * support_list[1]
