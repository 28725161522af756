"""
task: Polychain
points: 9-9.5
diagnosis: t = 0.5;NaN
why: Divides by t - 1/2 to find the half.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        side = (t - 0.5) / (t - 0.5).abs()
        near = (1 - side) / 2 * support_list[0] + (1 + side) / 2 * support_list[1]
        s = (1 - 2 * t).abs()
        return s * near + (1 - s) * param_list[0]
