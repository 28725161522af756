"""
task: Polychain
points: 10
why: Draws the index with NumPy and assigns it.
"""


class Polychain(Base):
    def gen_index(self):
        t = np.random.uniform(0, 1)
        self.index = torch.tensor([t], dtype=torch.float32, device=self.index.device)

    def process_weights_item(self, param_list, support_list):
        t = float(self.index)
        w_mid = param_list[0]
        if t > 0.5:
            w = 2 * (t - 0.5) * support_list[1] + 2 * (1 - t) * w_mid
        else:
            w = 2 * t * w_mid + 2 * (0.5 - t) * support_list[0]
        return w
