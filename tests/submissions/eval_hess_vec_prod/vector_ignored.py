"""
task: eval_hess_vec_prod
points: 0-3
experiment: no
diagnosis: vector|vec|linear
why: Sums the gradient without the vector: the product of the Hessian with ones.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        s = sum(g.sum() for g in grads)
        hv = torch.autograd.grad(s, params, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += h * len(x) / N
