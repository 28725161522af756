"""
task: Polychain
points: 0-3
diagnosis: must return a tensor
why: Computes in NumPy, through which no gradient goes, and returns an array.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        t = float(t)
        start, end = (support.cpu().numpy() for support in support_list)
        bend = param_list[0].detach().cpu().numpy()
        if t <= 0.5:
            return (1 - 2 * t) * start + 2 * t * bend
        return (2 - 2 * t) * bend + (2 * t - 1) * end
