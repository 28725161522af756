"""
task: Polychain
points: 0-3
diagnosis: raised
why: Inherits from Segment, whose constructor takes other arguments.
"""


class Polychain(Segment):
    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
