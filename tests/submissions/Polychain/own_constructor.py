"""
task: Polychain
points: 10
why: A constructor with the two arguments that the docstring names.
"""


class Polychain(Base):
    def __init__(self, net_class, endpoints):
        super().__init__(net_class, endpoints, num_param_nets=1)

    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
