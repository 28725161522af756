"""
task: Polychain
points: 4-5
diagnosis: buffer
why: The index is a parameter, which the optimizer would train.
"""


class Polychain(Base):
    def create_index(self):
        self.index = nn.Parameter(torch.zeros(1))

    def gen_index(self):
        self.index.data.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
