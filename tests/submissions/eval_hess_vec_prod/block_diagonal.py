"""
task: eval_hess_vec_prod
points: 0-5
experiment: no
diagnosis: block|each layer|layer
why: Differentiates each layer's dot product by that layer only: the blocks on the Hessian's diagonal.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        for p, g, v in zip(params, grads, vec):
            (h,) = torch.autograd.grad((g * v).sum(), p, retain_graph=True, materialize_grads=True)
            p.grad += h * len(x) / N
