"""
task: eval_hess_vec_prod
points: 10
why: Keeps a graph alive that nobody needs, which wastes memory but leaves the right product.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    result = [torch.zeros_like(p) for p in params]
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        g = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
        s = sum([torch.sum(a * b) for a, b in zip(g, vec) if a is not None])
        h = torch.autograd.grad(s, params, create_graph=True, allow_unused=True)
        result = [r if a is None else r + a * x.shape[0] / N for r, a in zip(result, h)]
    for p, r in zip(params, result):
        p.grad = r
