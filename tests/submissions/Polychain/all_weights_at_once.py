"""
task: Polychain
points: 10
why: Overrides gen_weights too, and has a helper for both.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        return self._between(support_list[0], param_list[0], support_list[1])

    def _between(self, a, b, c):
        t = self.index
        return torch.where(t < 0.5, a + 2 * t * (b - a), b + (2 * t - 1) * (c - b))

    def gen_weights(self):
        bend = self.param_nets[0].state_dict(keep_vars=True)
        one, two = (net.state_dict(keep_vars=True) for net in self.support_nets)
        return {k: self._between(one[k], bend[k], two[k]) if bend[k].is_floating_point() else bend[k] for k in bend}
