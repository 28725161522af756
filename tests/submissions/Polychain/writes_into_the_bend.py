"""
task: Polychain
points: 0-5
diagnosis: bends changed
why: Scales the bend through .data.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        bend = param_list[0]
        if t < 0.5:
            bend.data *= 2 * t
            return (1 - 2 * t) * support_list[0] + bend
        return (2 - 2 * t) * bend + (2 * t - 1) * support_list[1]
