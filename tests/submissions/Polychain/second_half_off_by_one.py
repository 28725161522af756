"""
task: Polychain
points: 3-7
diagnosis: formula|second half|halves|t > 1/2|above|factor 2|t = 1
why: 2t in place of 2t - 1 in the second half.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (1 - 2 * t) * param_list[0] + 2 * t * support_list[1]
