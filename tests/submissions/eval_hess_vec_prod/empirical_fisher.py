"""
task: eval_hess_vec_prod
points: 0-2
experiment: no
diagnosis: Fisher
why: The mean of g (g . v) over the images, the empirical Fisher matrix in place of the Hessian.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        for i in range(len(x)):
            loss = criterion(net(x[i : i + 1]), y[i : i + 1])
            g = torch.autograd.grad(loss, params, materialize_grads=True)
            gv = sum((gi * vi).sum() for gi, vi in zip(g, vec))
            for p, gi in zip(params, g):
                p.grad += gi * gv / N
