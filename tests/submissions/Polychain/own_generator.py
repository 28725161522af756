"""
task: Polychain
points: 10
why: A generator of PyTorch of its own, seeded once.
"""


class Polychain(Base):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.generator = torch.Generator().manual_seed(7)

    def gen_index(self):
        self.index = torch.rand(1, generator=self.generator)

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
