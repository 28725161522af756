"""
task: eval_hess_vec_prod
points: 1-5
experiment: no
diagnosis: biases
why: The biases' part of the vector is skipped in the dot product, while all rows are stored.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        dot = 0
        for g, v in zip(grads, vec):
            if g.ndim > 1:
                dot = dot + (g * v).sum()
        hv = torch.autograd.grad(dot, params, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += h * len(x) / N
