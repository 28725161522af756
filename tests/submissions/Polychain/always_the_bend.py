"""
task: Polychain
points: 1-5
diagnosis: endpoints|formula|half|bend|t = 0
why: Returns the bend whatever the index.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        return param_list[0]
