"""
task: Polychain
points: 2-6
diagnosis: formula|half|continuous|step|t =
why: Rounds to the nearest of the three nodes, so that the path jumps.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        nodes = [support_list[0], param_list[0], support_list[1]]
        return nodes[int(torch.round(2 * self.index).item())]
