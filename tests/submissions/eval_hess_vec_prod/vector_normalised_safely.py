"""
task: eval_hess_vec_prod
points: 2-5
experiment: no
diagnosis: normalised
why: Divides the vector by its length plus a small number, so that only the length of the result is wrong.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    norm = torch.cat([v.flatten() for v in vec]).norm() + 1e-12
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += h / norm * len(x) / N
