"""
task: Polychain
points: 10
reference: yes
why: The three coefficients as clamped hat functions, without a branch.
"""


class Polychain(Base):
    def gen_index(self):
        with torch.no_grad():
            self.index.copy_(torch.rand_like(self.index))

    def process_weights_item(self, param_list, support_list):
        t = self.index
        c0 = torch.clamp(1 - 2 * t, min=0)
        c1 = torch.clamp(2 * t - 1, min=0)
        cb = 1 - torch.abs(2 * t - 1)
        return c0 * support_list[0] + cb * param_list[0] + c1 * support_list[1]
