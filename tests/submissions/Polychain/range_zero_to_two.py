"""
task: Polychain
points: 4-5
diagnosis: range|raised
why: Assigns t from [0, 2], which Base refuses half of the time.
"""


class Polychain(Base):
    def gen_index(self):
        self.index = 2 * torch.rand(1)

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
