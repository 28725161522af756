"""
task: Polychain
points: 9-9.5
diagnosis: t = 1;IndexError
why: The number of the segment is 2 at t = 1.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        nodes = [support_list[0], param_list[0], support_list[1]]
        k = int(2 * self.index)
        u = 2 * self.index - k
        return (1 - u) * nodes[k] + u * nodes[k + 1]
