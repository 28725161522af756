"""
task: Polychain
points: 3-7
diagnosis: formula|second half|halves|t > 1/2|above|t = 1|first endpoint
why: Copied the first endpoint into the second half, so that the path comes back to where it began.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[0]
