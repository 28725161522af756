"""
task: Polychain
points: 2-7
diagnosis: biases
why: Takes the bend's biases everywhere, which is right at t = 1/2 only.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        b = param_list[0]
        if len(b.shape) < 2:
            return b
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * b
        return (2 - 2 * t) * b + (2 * t - 1) * support_list[1]
