"""
task: Polychain
points: 4-5
diagnosis: new t
why: Draws the index at the first call only.
"""


class Polychain(Base):
    drawn = False

    def gen_index(self):
        if not self.drawn:
            self.index.uniform_()
            self.drawn = True

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
