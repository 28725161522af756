"""
task: Polychain
points: 6.5-9.5
diagnosis: uniform
why: Rounds t to two digits.
"""


class Polychain(Base):
    def gen_index(self):
        self.index = round(float(torch.rand(1)), 2)

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
