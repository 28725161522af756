"""
task: Polychain
points: 2-5.5
diagnosis: straight line
why: The segment between the endpoints; the bend is not used.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        w0, w1 = support_list
        return (1 - self.index) * w0 + self.index * w1
