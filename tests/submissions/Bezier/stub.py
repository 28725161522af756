"""
task: Bezier
points: 0
diagnosis: not written
why: The stub as it was released.
"""


class Bezier(Base):
    def gen_index(self):
        raise NotImplementedError()

    def process_weights_item(self, param_list, support_list):
        raise NotImplementedError()
