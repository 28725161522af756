"""
task: Polychain
points: 6-9.5
diagnosis: buffer
cuda: no
why: The index is a plain attribute, which neither .to(device) nor the state dict knows.
"""


class Polychain(Base):
    def create_index(self):
        self.index = torch.zeros(1)

    def gen_index(self):
        self.index = torch.rand(1)

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
