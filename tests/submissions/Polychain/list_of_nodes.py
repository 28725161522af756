"""
task: Polychain
points: 10
why: Three nodes in a list, and the number of the segment.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        nodes = [support_list[0], param_list[0], support_list[1]]
        k = min(int(2 * self.index), 1)
        u = 2 * self.index - k
        return nodes[k] + u * (nodes[k + 1] - nodes[k])
