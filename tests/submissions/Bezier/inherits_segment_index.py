"""
task: Bezier
points: 2
why: gen_index is that of Segment.
"""

import math


class Bezier(Base):
    gen_index = Segment.gen_index

    def process_weights_item(self, param_list, support_list):
        m = len(param_list) + 1
        t = self.index
        result = (1 - t) ** m * support_list[0] + t**m * support_list[1]
        for i, bend in enumerate(param_list, start=1):
            result = result + math.comb(m, i) * (1 - t) ** (m - i) * t**i * bend
        return result
