"""
task: Polychain
points: 10
why: Starts the bend halfway between the ends, which is a sensible start and not asked for.
"""


class Polychain(Base):
    def load_supports(self, supports_files):
        super().load_supports(supports_files)
        with torch.no_grad():
            ends = zip(*[net.parameters() for net in self.support_nets])
            for bend, (start, end) in zip(self.param_nets[0].parameters(), ends):
                bend.copy_((start + end) / 2)

    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return support_list[0] * (1 - 2 * t) + param_list[0] * 2 * t
        return param_list[0] * (2 - 2 * t) + support_list[1] * (2 * t - 1)
