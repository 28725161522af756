"""
task: Polychain
points: 3-7
diagnosis: formula|half|t =
why: A smooth position in each half, s squared, which has the right nodes and wrong points between.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return torch.lerp(support_list[0], param_list[0], (2 * t) ** 2)
        return torch.lerp(param_list[0], support_list[1], (2 * t - 1) ** 2)
