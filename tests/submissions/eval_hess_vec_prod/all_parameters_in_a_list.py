"""
task: eval_hess_vec_prod
points: 9.5
diagnosis: frozen parameters alone
why: Takes list(net.parameters()), some of which are frozen, in place of params.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    params = list(net.parameters())
    N = len(dataloader.dataset)
    result = [torch.zeros_like(p) for p in params]
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * len(y) / N
        grads = torch.autograd.grad(loss, params, create_graph=True)
        dot = sum((g * v).sum() for g, v in zip(grads, vec))
        for r, h in zip(result, torch.autograd.grad(dot, params)):
            r += h
    for p, r in zip(params, result):
        p.grad = r
