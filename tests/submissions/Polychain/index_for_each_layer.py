"""
task: Polychain
points: 2-7
diagnosis: each layer|freeze_index
why: Draws a new t in process_weights_item, so each layer is at another point and freeze_index is not obeyed.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        self.gen_index()
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
