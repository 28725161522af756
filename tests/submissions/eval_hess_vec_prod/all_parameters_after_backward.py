"""
task: eval_hess_vec_prod
points: 9-9.5
diagnosis: frozen parameters alone
why: Reads p.grad of all of net.parameters() after backward(), which is None where one is frozen.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    result = [torch.zeros_like(p) for p in params]
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        net.zero_grad()
        (criterion(net(x), y) * len(y) / N).backward(create_graph=True)
        dot = sum((p.grad * v).sum() for p, v in zip(net.parameters(), vec))
        for r, h in zip(result, torch.autograd.grad(dot, params)):
            r += h
    for p, r in zip(params, result):
        p.grad = r
