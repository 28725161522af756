"""
task: Polychain
points: 3-5
diagnosis: reversed
why: Unpacks the endpoints in the wrong order.
"""


class Polychain(Base):
    def gen_index(self):
        self.index = torch.rand(1)

    def process_weights_item(self, param_list, support_list):
        w1, w0 = support_list
        t = self.index
        b = param_list[0]
        return torch.where(t <= 0.5, torch.lerp(w0, b, 2 * t), torch.lerp(b, w1, 2 * t - 1))
