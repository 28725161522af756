"""
task: Polychain
points: 0-3
diagnosis: raised|shape
why: Reshapes each tensor to that of the CNN's first convolution.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        w0, w1 = [s.view(6, 1, 5, 5) for s in support_list]
        b = param_list[0].view(6, 1, 5, 5)
        if t <= 0.5:
            return (1 - 2 * t) * w0 + 2 * t * b
        return (2 - 2 * t) * b + (2 * t - 1) * w1
