"""
task: Polychain
points: 0-5
diagnosis: raised|dtype
why: Leaves the weights in double precision.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index.double()
        return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0] if t < 0.5 else (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
