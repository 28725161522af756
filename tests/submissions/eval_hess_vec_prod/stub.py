"""
task: eval_hess_vec_prod
points: 0
diagnosis: raised|not written|NotImplemented|nothing in .grad
why: The stub as it was released.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    """Leaves the product of the Hessian with vec in p.grad of each of params."""
    # YOUR CODE HERE
    raise NotImplementedError()
