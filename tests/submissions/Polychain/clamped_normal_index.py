"""
task: Polychain
points: 6.5-9
diagnosis: uniform
why: A normal number clamped to the interval, so that the ends come up far too often.
"""


class Polychain(Base):
    def gen_index(self):
        self.index = (0.5 + 0.5 * torch.randn(1)).clamp(0, 1)

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
