"""
task: Polychain
points: 6.5-9
diagnosis: uniform|new t|random
why: Steps through the interval by a tenth at each call, which is no random number.
"""


class Polychain(Base):
    def gen_index(self):
        self.index = (self.index + 0.1) % 1

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
