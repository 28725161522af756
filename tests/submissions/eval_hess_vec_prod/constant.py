"""
task: eval_hess_vec_prod
points: 0-1
diagnosis: product|constant|Hessian
why: Stores ones, whatever the network and the vector.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p in params:
        p.grad = torch.ones_like(p)
