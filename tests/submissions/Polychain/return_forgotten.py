"""
task: Polychain
points: 0-3.5
diagnosis: raised|None|return
why: Computes the weights but does not return them.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            w = (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        else:
            w = (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
