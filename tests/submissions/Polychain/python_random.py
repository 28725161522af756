"""
task: Polychain
points: 10
why: Assigns a Python float to the index, and sums coefficients times weights in a loop.
"""
import random


class Polychain(Base):
    def gen_index(self):
        self.index = random.random()

    def coefficients(self):
        t = self.index.item()
        if t <= 0.5:
            return [1 - 2 * t, 2 * t, 0]
        return [0, 2 - 2 * t, 2 * t - 1]

    def process_weights_item(self, param_list, support_list):
        weights = [support_list[0], param_list[0], support_list[1]]
        total = 0
        for c, w in zip(self.coefficients(), weights):
            total = total + c * w
        return total
