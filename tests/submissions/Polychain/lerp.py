"""
task: Polychain
points: 10
why: torch.lerp on each half, with the position inside the half.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.data.uniform_(0, 1)

    def process_weights_item(self, param_list, support_list):
        start, end = support_list
        bend = param_list[0]
        if self.index.item() < 0.5:
            return torch.lerp(start, bend, 2 * self.index.item())
        return torch.lerp(bend, end, 2 * self.index.item() - 1)
