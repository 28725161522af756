"""
task: Polychain
points: 10
why: Computes in double precision and comes back.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index.double()
        a, b, c = support_list[0].double(), param_list[0].double(), support_list[1].double()
        w = (1 - 2 * t) * a + 2 * t * b if t < 0.5 else (2 - 2 * t) * b + (2 * t - 1) * c
        return w.to(param_list[0].dtype)
