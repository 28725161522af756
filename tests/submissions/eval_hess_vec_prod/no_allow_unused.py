"""
task: eval_hess_vec_prod
points: 10
why: As most write it: torch.autograd.grad as it comes, which takes it that every parameter is used.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        grads = torch.autograd.grad(criterion(net(x), y), params, create_graph=True)
        dot = sum((g * v).sum() for g, v in zip(grads, vec))
        hv = torch.autograd.grad(dot, params)
        for p, h in zip(params, hv):
            p.grad += h * len(x) / N
