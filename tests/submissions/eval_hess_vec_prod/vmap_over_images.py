"""
task: eval_hess_vec_prod
points: 10
why: torch.func: the product of each image's loss by vmap, and their mean.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    names = [next(name for name, q in net.named_parameters() if q is p) for p in params]

    def loss(weights, x, y):
        out = torch.func.functional_call(net, dict(zip(names, weights)), (x.unsqueeze(0),))
        return criterion(out, y.unsqueeze(0))

    def product(x, y):
        gradient = lambda *w: torch.func.grad(loss)(w, x, y)
        return torch.func.jvp(gradient, tuple(p.detach() for p in params), tuple(vec))[1]

    sums, count = None, 0
    for x, y in dataloader:
        parts = [h.sum(0) for h in torch.vmap(product)(x.to(device), y.to(device))]
        sums = parts if sums is None else [a + b for a, b in zip(sums, parts)]
        count += len(x)
    for p, s in zip(params, sums):
        p.grad = (s / count).detach()
