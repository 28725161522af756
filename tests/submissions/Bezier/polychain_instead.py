"""
task: Bezier
points: 0.5-1
diagnosis: polychain
why: The polychain of the task before, through all bends.
"""


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        nodes = [support_list[0], *param_list, support_list[1]]
        m = len(nodes) - 1
        k = min(int(self.index.item() * m), m - 1)
        s = self.index * m - k
        return (1 - s) * nodes[k] + s * nodes[k + 1]
