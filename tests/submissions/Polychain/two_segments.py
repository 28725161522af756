"""
task: Polychain
points: 10
why: The chain as two straight segments, each a small function of the student's own.
"""


def segment(t, start, end):
    return (1.0 - t) * start + t * end


class Polychain(Base):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)

    def gen_index(self):
        self.index[0] = torch.rand(1).item()

    def process_weights_item(self, param_list, support_list):
        t = 2 * self.index
        if t < 1:
            return segment(t, support_list[0], param_list[0])
        return segment(t - 1, param_list[0], support_list[1])
