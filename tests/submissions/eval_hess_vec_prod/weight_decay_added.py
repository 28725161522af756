"""
task: eval_hess_vec_prod
points: 1-6
diagnosis: vector|loss|product
why: Adds an L2 penalty that is not part of the criterion, and with it a multiple of the vector.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) + 0.05 * sum((p ** 2).sum() for p in params)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += h * len(x) / N
