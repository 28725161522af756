"""
task: Polychain
points: 3-5
experiment: no
diagnosis: something is none
why: No return in the second half.
"""

class Polychain(utils.Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        else:
            w = (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
