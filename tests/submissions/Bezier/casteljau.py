"""
task: Bezier
points: 2
reference: yes
why: De Casteljau's algorithm: straight lines between straight lines.
"""


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        points = [support_list[0], *param_list, support_list[1]]
        t = self.index
        while len(points) > 1:
            points = [(1 - t) * a + t * b for a, b in zip(points, points[1:])]
        return points[0]
