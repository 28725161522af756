"""
task: eval_hess_vec_prod
points: 0
diagnosis: nothing in .grad
why: Replaced the stub by pass.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    pass
