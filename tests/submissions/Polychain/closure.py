"""
task: Polychain
points: 10
why: A closure over the nodes, made anew for each tensor.
"""


def make_path(a, b, c):
    def at(t):
        if t < 0.5:
            return a * (1 - 2 * t) + b * (2 * t)
        return b * (2 - 2 * t) + c * (2 * t - 1)
    return at


class Polychain(Base):
    def gen_index(self):
        self.index = torch.rand(1)

    def process_weights_item(self, param_list, support_list):
        path = make_path(support_list[0], param_list[0], support_list[1])
        return path(self.index)
