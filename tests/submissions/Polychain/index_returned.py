"""
task: Polychain
points: 4-5
diagnosis: new t
why: gen_index returns a number and stores nothing, so the index stays 0.
"""


class Polychain(Base):
    def gen_index(self):
        return torch.rand(1)

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
