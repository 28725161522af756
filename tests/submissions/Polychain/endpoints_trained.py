"""
task: Polychain
points: 6-9.5
diagnosis: endpoints
why: Makes the endpoints trainable as well, so that training moves them.
"""


class Polychain(Base):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for net in self.support_nets:
            net.requires_grad_(True)

    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        t = self.index
        if t <= 0.5:
            return (1 - 2 * t) * support_list[0] + 2 * t * param_list[0]
        return (2 - 2 * t) * param_list[0] + (2 * t - 1) * support_list[1]
