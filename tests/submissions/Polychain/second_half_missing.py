"""
task: Polychain
points: 2-7
diagnosis: formula|second half|halves|t > 1/2|above|t = 1
why: The first half's formula for all t.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
