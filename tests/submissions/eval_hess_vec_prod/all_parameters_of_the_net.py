"""
task: eval_hess_vec_prod
points: 4-9.5
diagnosis: frozen parameters alone
why: Differentiates by net.parameters() in place of params, which fails for a frozen parameter.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in net.parameters():
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, net.parameters(), create_graph=True)
        hv = torch.autograd.grad(grads, net.parameters(), vec)
        for p, h in zip(net.parameters(), hv):
            p.grad += h * len(x) / N
