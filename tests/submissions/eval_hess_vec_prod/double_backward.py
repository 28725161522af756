"""
task: eval_hess_vec_prod
points: 10
why: Double backward as in the textbooks, each batch weighed by its share of the data set.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
        dot = sum((g * v).sum() for g, v in zip(grads, vec) if g is not None)
        hv = torch.autograd.grad(dot, params, allow_unused=True)
        for p, h in zip(params, hv):
            if h is not None:
                p.grad += h * len(x) / N
