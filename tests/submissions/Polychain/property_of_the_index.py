"""
task: Polychain
points: 10
why: Coefficients are properties that look at the index.
"""


class Polychain(Base):
    @property
    def t(self):
        return self.index.item()

    @property
    def shares(self):
        return max(0, 1 - 2 * self.t), 1 - abs(2 * self.t - 1), max(0, 2 * self.t - 1)

    def gen_index(self):
        self.index.fill_(np.random.uniform())

    def process_weights_item(self, param_list, support_list):
        a, b, c = self.shares
        return a * support_list[0] + b * param_list[0] + c * support_list[1]
