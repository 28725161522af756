"""
task: Polychain
points: 4-5
diagnosis: no gradient
why: detach() keeps the gradient from the bend, so that training does nothing.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        b = param_list[0].detach()
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * b
        return (2 - 2 * t) * b + (2 * t - 1) * support_list[1]
