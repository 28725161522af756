"""
task: Polychain
points: 5
diagnosis: code.CNN|raised
why: Takes each weight for a matrix or a vector.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        a, b, c = support_list[0], param_list[0], support_list[1]
        if b.ndim == 2:
            rows, columns = b.shape
        w = (1 - 2 * t) * a + 2 * t * b if t < 0.5 else (2 - 2 * t) * b + (2 * t - 1) * c
        return w.reshape(rows, columns) if b.ndim > 1 else w
