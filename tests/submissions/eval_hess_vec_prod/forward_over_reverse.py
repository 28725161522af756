"""
task: eval_hess_vec_prod
points: 10
why: Pearlmutter's R-operator by torch.func, the jvp of the gradient, with the parameters found by identity.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    names = []
    for p in params:
        names += [name for name, q in net.named_parameters() if q is p]
    point = {name: p.detach() for name, p in zip(names, params)}
    tangent = dict(zip(names, vec))
    N = len(dataloader.dataset)

    total = {name: torch.zeros_like(w) for name, w in point.items()}
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)

        def loss(weights):
            return criterion(torch.func.functional_call(net, weights, (x,)), y)

        _, hv = torch.func.jvp(torch.func.grad(loss), (point,), (tangent,))
        for name in names:
            total[name] += hv[name] * len(y) / N
    for name, p in zip(names, params):
        p.grad = total[name]
