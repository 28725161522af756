"""
task: Polychain
points: 6.5-9.5
diagnosis: range|uniform
why: Keeps away from the ends of the interval.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_(0.1, 0.9)

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
