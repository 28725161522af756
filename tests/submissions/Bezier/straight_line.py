"""
task: Bezier
points: 0-0.5
diagnosis: straight line
why: The straight line between the endpoints.
"""


class Bezier(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        return (1 - self.index) * support_list[0] + self.index * support_list[1]
