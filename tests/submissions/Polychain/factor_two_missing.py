"""
task: Polychain
points: 2-6.5
diagnosis: factor 2
why: Leaves out the factor 2, so that the halves do not meet at the bend.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - t) * support_list[0] + t * param_list[0]
        return (1 - t) * param_list[0] + t * support_list[1]
