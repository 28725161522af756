"""
task: eval_hess_vec_prod
points: 0-4
diagnosis: vector|product
why: Goes on to v^T H v, and stores that number times the vector.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    vhv = 0.0
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        vhv += sum((h * v).sum() for h, v in zip(hv, vec)) * len(x) / N
    for p, v in zip(params, vec):
        p.grad = vhv * v
