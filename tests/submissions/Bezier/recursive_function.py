"""
task: Bezier
points: 2
why: A recursive function outside the class.
"""


def curve(points, t):
    if len(points) == 1:
        return points[0]
    return torch.lerp(curve(points[:-1], t), curve(points[1:], t), t)


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        return curve([support_list[0], *param_list, support_list[1]], self.index)
