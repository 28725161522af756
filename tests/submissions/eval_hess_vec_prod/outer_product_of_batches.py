"""
task: eval_hess_vec_prod
points: 0-1
experiment: no
diagnosis: outer product
why: Each batch's gradient times its product with the vector.
"""

def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    n = len(dataloader.dataset)
    res = [torch.zeros_like(p) for p in params]
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        g = torch.autograd.grad(criterion(net(x), y), params)
        gv = sum((a * b).sum() for a, b in zip(g, vec))
        for r, a in zip(res, g):
            r += a * gv * len(x) / n
    for p, r in zip(params, res):
        p.grad = r
