"""
task: Polychain
points: 0.5-3
experiment: no
diagnosis: param_list holds one weight
why: Unpacks the endpoints from the list of the bend.
"""

class Polychain(utils.Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        w0, w1 = param_list
        theta = support_list[0]
        if t <= 0.5:
            return (1 - 2 * t) * w0 + 2 * t * theta
        return (2 - 2 * t) * theta + (2 * t - 1) * w1
