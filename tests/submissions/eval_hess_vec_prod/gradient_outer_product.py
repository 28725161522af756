"""
task: eval_hess_vec_prod
points: 0-2
diagnosis: Fisher|outer product
why: The gradient of each batch times its product with the vector: the Fisher matrix mistaken for the Hessian.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        g = torch.autograd.grad(criterion(net(x), y), params, allow_unused=True)
        g = [torch.zeros_like(p) if gi is None else gi for gi, p in zip(g, params)]
        gv = sum([torch.sum(gi * vi) for gi, vi in zip(g, vec)])
        for p, gi in zip(params, g):
            p.grad += gv * gi * len(x) / N
