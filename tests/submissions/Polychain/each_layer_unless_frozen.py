"""
task: Polychain
points: 6-9
diagnosis: each layer
why: Draws a new t for each layer unless the index is frozen, so that only training is wrong.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        if not self.freeze_index:
            self.gen_index()
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
