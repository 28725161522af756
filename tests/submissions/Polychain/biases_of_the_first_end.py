"""
task: Polychain
points: 2-7
diagnosis: biases
why: Only matrices and filters follow the path, the biases stay those of the first endpoint.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        if support_list[0].dim() == 1:
            return support_list[0]
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
