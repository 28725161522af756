"""
task: Polychain
points: 4-5
diagnosis: uniform|range
why: randn in place of rand, in place, so that t leaves the interval.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.copy_(torch.randn(1))

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
