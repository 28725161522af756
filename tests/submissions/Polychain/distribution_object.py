"""
task: Polychain
points: 10
why: Draws from torch.distributions and warns about it.
"""
import warnings


class Polychain(Base):
    def gen_index(self):
        warnings.warn("drawing a new index")
        self.index.copy_(torch.distributions.Uniform(0.0, 1.0).sample((1,)))

    def process_weights_item(self, param_list, support_list):
        w0, w1 = support_list
        theta = param_list[0]
        t = self.index.to(theta.device)
        d = (2 * t - 1).abs()
        return (1 - d) * theta + d * (w0 if t < 0.5 else w1)
