"""
task: Polychain
points: 2-6.5
diagnosis: swapped halves|endpoints|formula
why: From the bend to the second end, then from the first end to the bend.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * param_list[0] + 2 * t * support_list[1]
        return (2 - 2 * t) * support_list[0] + (2 * t - 1) * param_list[0]
