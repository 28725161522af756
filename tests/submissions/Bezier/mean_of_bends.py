"""
task: Bezier
points: 1.5
diagnosis: mean of the bends
why: A quadratic curve towards the mean of all bends.
"""


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        bend = sum(param_list) / len(param_list)
        t = self.index
        return (1 - t) ** 2 * support_list[0] + 2 * t * (1 - t) * bend + t**2 * support_list[1]
