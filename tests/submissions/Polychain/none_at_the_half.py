"""
task: Polychain
points: 9-9.5
diagnosis: t = 0.5
why: Returns nothing at exactly t = 1/2.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t < 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        if t > 0.5:
            return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
