"""What the hidden halves of the polychain and the Bezier curve share."""

import torch

import losssurf_lab_utils as utils
from losssurf_lab.networks import LOSSES, double_net, evaluate, to_double
from losssurf_lab.on_paths.case import mix

LAYERS = (("linear", 4, 7), ("tanh",), ("linear", 7, 6))
CONDUCT = {  # in so many steps of training a path that jumps to its bend half of the time comes by it
    "gradient_positions": [0.3125, 0.8125], "frozen_position": 0.375, "training_steps": 9, "draws": 2000, "passes": 5,
}  # fmt: skip


class stand_in(utils.Base):  # noqa: N801, as it stands for an answer
    """A path that stays at the sum of its bends, whatever their number."""

    def process_weights_item(self, param_list, support_list):
        return sum(param_list)


def bend_gradient(inputs, shares):
    """The gradient (bends n,) of the loss on the path with respect to the parameters of its bends, in their order."""
    start, *bends, end = [to_double(node) for node in inputs["nodes"]]
    leaves = [tensor.requires_grad_() for bend in bends for tensor in bend.values()]
    outputs = evaluate(double_net(inputs["layers"]), mix([start, *bends, end], shares), inputs["images"])
    grads = torch.autograd.grad(LOSSES["cross_entropy"](outputs, torch.tensor(inputs["labels"])), leaves)
    return torch.cat([grad.reshape(-1) for grad in grads]).numpy()
