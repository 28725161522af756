"""
task: eval_hess_vec_prod
points: 0-1
experiment: no
diagnosis: zero
why: Stores zeros, which are right for a zero vector, linear and the same at each call.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p in params:
        p.grad = torch.zeros_like(p)
