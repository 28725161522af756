"""
task: eval_hess_vec_prod
points: 0-1
diagnosis: vector|vec
why: Stores the vector: the product with the identity matrix.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p, v in zip(params, vec):
        p.grad = v.clone()
