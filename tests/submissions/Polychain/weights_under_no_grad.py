"""
task: Polychain
points: 4-5
diagnosis: no gradient
why: Makes the weights under torch.no_grad().
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    @torch.no_grad()
    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
