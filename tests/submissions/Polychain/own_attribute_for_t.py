"""
task: Polychain
points: 1-6
diagnosis: buffer|index
cuda: no
why: Keeps t in an attribute of its own, so that setting the index changes nothing.
"""


class Polychain(Base):
    def gen_index(self):
        self.t = torch.rand(1)

    def process_weights_item(self, param_list, support_list):
        t = self.t
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
