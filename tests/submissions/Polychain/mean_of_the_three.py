"""
task: Polychain
points: 1-5
diagnosis: endpoints|formula|half|t = 0|index
why: The mean of the three weights, which does not depend on the index.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        return (support_list[0] + param_list[0] + support_list[1]) / 3
