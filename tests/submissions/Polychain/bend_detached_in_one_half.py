"""
task: Polychain
points: 4-5
diagnosis: no gradient|raised
why: detach() on the bend in the second half only, so that half of the gradient is missing.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0].clone().detach() + (2 * t - 1) * support_list[1]
