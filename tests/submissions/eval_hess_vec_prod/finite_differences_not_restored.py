"""
task: eval_hess_vec_prod
points: 0-4
experiment: no
diagnosis: parameters changed
why: One-sided differences of gradients that leave the parameters displaced.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    eps = 1e-2
    N = len(dataloader.dataset)

    def gradient():
        total = [torch.zeros_like(p) for p in params]
        for x, y in dataloader:
            x, y = x.to(device), y.to(device)
            g = torch.autograd.grad(criterion(net(x), y), params, materialize_grads=True)
            total = [t + gi * len(x) / N for t, gi in zip(total, g)]
        return total

    before = gradient()
    with torch.no_grad():
        for p, v in zip(params, vec):
            p.add_(v, alpha=eps)
    after = gradient()
    for p, a, b in zip(params, after, before):
        p.grad = (a - b) / eps
