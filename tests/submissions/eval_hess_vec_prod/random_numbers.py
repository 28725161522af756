"""
task: eval_hess_vec_prod
points: 0-1
diagnosis: product|random|Hessian
why: Stores random numbers of the right shapes.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p in params:
        p.grad = torch.randn_like(p)
