"""
task: Polychain
points: 10
why: A polygonal chain through any number of bends, of which the task's is the case of one.
"""


class Polychain(Base):
    def gen_index(self):
        self.index = torch.rand_like(self.index)

    def process_weights_item(self, param_list, support_list):
        nodes = [support_list[0], *param_list, support_list[-1]]
        num_segments = len(nodes) - 1
        position = self.index.item() * num_segments
        k = min(int(position), num_segments - 1)
        s = position - k
        return (1 - s) * nodes[k] + s * nodes[k + 1]
