"""
task: Polychain
points: 10
why: A module of its own mixes the weights; the constructor makes it.
"""


class Mix(nn.Module):
    def forward(self, share, a, b):
        return a + share * (b - a)


class Polychain(Base):
    def __init__(self, net_class, supports_files, **options):
        super().__init__(net_class, supports_files, **options)
        self.mix = Mix()

    def gen_index(self):
        with torch.no_grad():
            self.index.uniform_(0, 1)

    def process_weights_item(self, param_list, support_list):
        (bend,), (start, end) = param_list, support_list
        if self.index.item() < 0.5:
            return self.mix(2 * self.index, start, bend)
        return self.mix(2 * self.index - 1, bend, end)
