"""
task: Polychain
points: 10
why: Coefficients as a tensor times the stacked nodes.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index.squeeze()
        c = torch.stack([torch.relu(1 - 2 * t), 1 - (2 * t - 1).abs(), torch.relu(2 * t - 1)])
        stack = torch.stack([support_list[0], param_list[0], support_list[1]], dim=-1)
        return stack @ c
