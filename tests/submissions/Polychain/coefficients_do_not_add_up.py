"""
task: Polychain
points: 2-7
diagnosis: formula|factor 2|half
why: 2t with the bend but 1 - t with the endpoint, and the same mistake above 1/2.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - t) * support_list[0] + 2 * t * param_list[0]
        return 2 * (1 - t) * param_list[0] + t * support_list[1]
