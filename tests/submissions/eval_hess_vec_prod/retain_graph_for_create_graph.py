"""
task: eval_hess_vec_prod
points: 0-1
diagnosis: create_graph
why: retain_graph keeps the graph of the loss, but makes none of the gradient.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, retain_graph=True, allow_unused=True)
        dot = sum((g * v).sum() for g, v in zip(grads, vec) if g is not None)
        hv = torch.autograd.grad(dot, params, allow_unused=True)
        for p, h in zip(params, hv):
            p.grad += h * len(x) / N
