"""
task: Polychain
points: 3-7
diagnosis: formula|half
why: Slows down at the nodes with a cosine, as animations do.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        s = 0.5 - 0.5 * torch.cos(2 * np.pi * self.index)
        if self.index <= 0.5:
            return torch.lerp(support_list[0], param_list[0], s)
        return torch.lerp(support_list[1], param_list[0], s)
