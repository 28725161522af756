"""
task: Polychain
points: 3-7
diagnosis: formula|second half|halves|t > 1/2|above|sign|t = 1
why: A sign error in the coefficient of the second endpoint.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (1 - 2 * t) * support_list[1]
