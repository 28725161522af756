"""
task: eval_hess_vec_prod
points: 2-5
experiment: no
diagnosis: only the first batch
why: Writes and returns inside the loop.
"""

def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    acc = [torch.zeros_like(p) for p in params]
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        g = torch.autograd.grad(criterion(net(x), y), params, create_graph=True)
        gv = sum((a * b).sum() for a, b in zip(g, vec))
        hv = torch.autograd.grad(gv, params)
        acc = [a + h * len(x) / N for a, h in zip(acc, hv)]
        for p, a in zip(params, acc):
            p.grad = a
        return
