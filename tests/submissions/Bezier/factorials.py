"""
task: Bezier
points: 2
why: The binomial coefficient from factorials.
"""

import math


class Bezier(Base):
    def gen_index(self):
        self.index.data.uniform_(0, 1)

    def process_weights_item(self, param_list, support_list):
        f = math.factorial
        nodes = [support_list[0]]
        nodes.extend(param_list)
        nodes.append(support_list[-1])
        m = len(nodes) - 1
        total = 0
        for i, node in enumerate(nodes):
            c = f(m) // (f(i) * f(m - i))
            total += c * self.index**i * (1 - self.index) ** (m - i) * node
        return total
