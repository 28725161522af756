"""
task: Polychain
points: 2-6.5
diagnosis: swapped halves
why: torch.where gets its two values in the wrong order.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        first = (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        second = (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
        return torch.where(t <= 0.5, second, first)
