"""
task: Polychain
points: 0-3
diagnosis: a list is multiplied
why: Multiplies the list param_list in place of its one tensor.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list
        return (2 - 2 * t) * param_list + (2 * t - 1) * support_list[1]
