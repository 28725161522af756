"""
task: Polychain
points: 1-6
diagnosis: each layer|freeze_index|index
why: Draws a local t for each layer and never looks at the index.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = torch.rand(1, device=param_list[0].device)
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
