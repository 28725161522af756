"""
task: eval_hess_vec_prod
points: 6-9.5
diagnosis: NaN
why: Normalises the vector and scales the result back, which divides zero by zero for a zero vector.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    norm = torch.cat([v.flatten() for v in vec]).norm()
    unit = [v / norm for v in vec]
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, unit, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += norm * h * len(x) / N
