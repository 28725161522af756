"""
task: eval_hess_vec_prod
points: 4-8
diagnosis: nominal batch size
why: Weighs each batch by dataloader.batch_size, although the last one is shorter.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    B = dataloader.batch_size
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = B * criterion(net(x), y) / N
        grads = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
        dot = sum((g * v).sum() for g, v in zip(grads, vec) if g is not None)
        hv = torch.autograd.grad(dot, params, allow_unused=True)
        for p, h in zip(params, hv):
            if h is not None:
                p.grad += h
