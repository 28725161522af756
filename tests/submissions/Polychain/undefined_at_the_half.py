"""
task: Polychain
points: 9-9.5
diagnosis: t = 0.5;UnboundLocalError
why: Two strict comparisons: at t = 1/2 there is no weight.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t < 0.5:
            w = (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        elif t > 0.5:
            w = (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
        return w
