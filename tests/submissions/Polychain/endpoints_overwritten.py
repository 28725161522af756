"""
task: Polychain
points: 0-5.5
diagnosis: endpoints
why: Scales the endpoints' weights in place, so that each call changes them.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return support_list[0].mul_(1 - 2 * t) + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + support_list[1].mul_(2 * t - 1)
