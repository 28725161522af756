"""
task: Polychain
points: 4-5
diagnosis: buffer|raised|one number
why: An index of two numbers, one for each half.
"""


class Polychain(Base):
    def create_index(self):
        self.register_buffer("index", torch.zeros(2))

    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index[0]
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
