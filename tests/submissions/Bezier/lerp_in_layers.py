"""
task: Bezier
points: 2
why: De Casteljau with torch.lerp, lists of lists.
"""


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        layer = [support_list[0], *param_list, support_list[-1]]
        while len(layer) > 1:
            layer = [torch.lerp(a, b, self.index) for a, b in zip(layer, layer[1:])]
        return layer[0]
