"""
task: eval_hess_vec_prod
points: 1-7
diagnosis: difference of gradients;switch
why: Differences of gradients along the vector, which approximate the product only.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    eps = 1e-3
    N = len(dataloader.dataset)
    old = [p.data.clone() for p in params]

    def gradient(sign):
        for p, o, v in zip(params, old, vec):
            p.data = o + sign * eps * v
        total = [torch.zeros_like(p) for p in params]
        for x, y in dataloader:
            x, y = x.to(device), y.to(device)
            g = torch.autograd.grad(criterion(net(x), y), params, materialize_grads=True)
            total = [t + gi * len(x) / N for t, gi in zip(total, g)]
        return total

    plus, minus = gradient(+1), gradient(-1)
    for p, o, a, b in zip(params, old, plus, minus):
        p.data = o
        p.grad = (a - b) / (2 * eps)
