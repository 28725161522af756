"""
task: Bezier
points: 1.5
diagnosis: one bend;too many values|two
why: Takes param_list to hold one bend.
"""


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        (bend,), (start, end) = param_list, support_list
        t = self.index
        return (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
