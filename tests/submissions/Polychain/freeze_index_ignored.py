"""
task: Polychain
points: 4-5
diagnosis: freeze_index
why: Draws the index in gen_weights, whether it is frozen or not.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def forward(self, *inputs):
        self.gen_index()
        return torch.func.functional_call(self.logic_net, self.gen_weights(), inputs)

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
