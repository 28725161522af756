"""
task: Polychain
points: 5
diagnosis: takes
why: Loops over the numbers of each tensor in Python.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = float(self.index)
        a, b, c = (x.reshape(-1) for x in (support_list[0], param_list[0], support_list[1]))
        numbers = []
        for i in range(len(b)):
            if t < 0.5:
                numbers.append((1 - 2 * t) * a[i] + 2 * t * b[i])
            else:
                numbers.append((2 - 2 * t) * b[i] + (2 * t - 1) * c[i])
        return torch.stack(numbers).reshape(param_list[0].shape)
