"""
task: Polychain
points: 6.5-9.5
diagnosis: uniform
why: Draws from eleven grid points in place of the whole interval.
"""


class Polychain(Base):
    def gen_index(self):
        self.index = np.random.choice(np.linspace(0, 1, 11))

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
