"""
task: Polychain
points: 9-9.5
diagnosis: t = 0.25
why: A leftover assertion refuses t = 1/4.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        assert t != 0.25
        return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0] if t < 0.5 else (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
