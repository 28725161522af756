"""
task: Polychain
points: 0-5
diagnosis: endpoints changed
why: mul_ and add_ on the first endpoint's tensor.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = float(self.index)
        start, end = support_list
        with torch.no_grad():
            if t < 0.5:
                start.mul_(1 - 2 * t)
                return start + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * end
