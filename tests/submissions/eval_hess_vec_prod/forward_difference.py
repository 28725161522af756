"""
task: eval_hess_vec_prod
points: 1-5
experiment: no
diagnosis: difference of gradients;switch
why: One difference of gradients, between the weights and a step along the vector.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    eps = 1e-2
    N = len(dataloader.dataset)

    def mean_gradient():
        total = [torch.zeros_like(p) for p in params]
        for x, y in dataloader:
            x, y = x.to(device), y.to(device)
            loss = criterion(net(x), y) * len(y) / N
            for t, g in zip(total, torch.autograd.grad(loss, params)):
                t += g
        return total

    def move(by):
        with torch.no_grad():
            for p, v in zip(params, vec):
                p += by * v

    start = [p.detach().clone() for p in params]
    here = mean_gradient()
    move(eps)
    there = mean_gradient()
    with torch.no_grad():
        for p, s in zip(params, start):
            p.copy_(s)
    for p, a, b in zip(params, here, there):
        p.grad = (b - a) / eps
