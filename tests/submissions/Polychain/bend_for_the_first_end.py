"""
task: Polychain
points: 2-6
diagnosis: formula|half|endpoint
why: Takes support_list[0] for the middle and the trained weights for the start.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        nodes = param_list + support_list
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * nodes[0] + 2 * t * nodes[1]
        return (2 - 2 * t) * nodes[1] + (2 * t - 1) * nodes[2]
