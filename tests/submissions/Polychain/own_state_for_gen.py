"""
task: Polychain
points: 1-5
diagnosis: index
why: The position in an attribute of its own that both methods use.
"""


class Polychain(Base):
    def gen_index(self):
        self.pos = np.random.rand()

    def process_weights_item(self, param_list, support_list):
        t = self.pos
        return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0] if t < 0.5 else (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
