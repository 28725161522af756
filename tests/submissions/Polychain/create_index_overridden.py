"""
task: Polychain
points: 10
why: Registers the index itself, starting at a random place.
"""


class Polychain(Base):
    """Polygonal chain with one bend."""

    def create_index(self):
        self.register_buffer("index", torch.rand(1))

    def gen_index(self):
        print("new index")
        self.index.uniform_(0.0, 1.0)

    def process_weights_item(self, param_list, support_list):
        a, b, c = support_list[0], param_list[0], support_list[1]
        t = self.index
        return (a + 2 * t * (b - a)) if t < 0.5 else (b + (2 * t - 1) * (c - b))
