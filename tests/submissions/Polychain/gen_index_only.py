"""
task: Polychain
points: 1-4.5
diagnosis: raised|endpoints|formula|not written|NotImplemented
why: Only the first of the two methods is written.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        # YOUR CODE HERE
        raise NotImplementedError()
