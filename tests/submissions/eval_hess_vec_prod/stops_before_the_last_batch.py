"""
task: eval_hess_vec_prod
points: 2-8
diagnosis: last batch
why: An off-by-one in the loop, which ends before the last batch.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for i, (x, y) in enumerate(dataloader):
        if i == len(dataloader) - 1:
            break
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += h * len(x) / N
