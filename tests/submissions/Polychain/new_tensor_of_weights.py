"""
task: Polychain
points: 4-5
diagnosis: no gradient
why: Goes through NumPy and makes a new tensor, which has no graph.
"""


class Polychain(Base):
    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        b = param_list[0].detach().cpu().numpy()
        w0, w1 = [s.cpu().numpy() for s in support_list]
        t = self.index.item()
        if t <= 0.5:
            w = (1 - 2 * t) * w0 + 2 * t * b
        else:
            w = (2 - 2 * t) * b + (2 * t - 1) * w1
        return torch.tensor(w, dtype=torch.float32, device=self.index.device)
