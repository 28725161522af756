"""
task: Bezier
points: 1.5
diagnosis: first bend
why: Takes the first of the bends only.
"""


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        return (1 - t) ** 2 * support_list[0] + 2 * t * (1 - t) * param_list[0] + t**2 * support_list[1]
