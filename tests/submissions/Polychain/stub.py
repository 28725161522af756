"""
task: Polychain
points: 0
diagnosis: raised|not written|NotImplemented
why: The stub as it was released.
"""


class Polychain(Base):
    def gen_index(self):
        """Draw a new index, uniformly on [0, 1]."""
        # YOUR CODE HERE
        raise NotImplementedError()

    def process_weights_item(self, param_list, support_list):
        """The weights at the index: a tensor shaped like each of the given ones."""
        # YOUR CODE HERE
        raise NotImplementedError()
