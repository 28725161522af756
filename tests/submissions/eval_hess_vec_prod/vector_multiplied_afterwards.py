"""
task: eval_hess_vec_prod
points: 0-3
diagnosis: Hessian|product
why: Multiplies the row sums of the Hessian by the vector, element by element.
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
        for p, h, v in zip(params, hv, vec):
            p.grad += h * v * len(x) / N
