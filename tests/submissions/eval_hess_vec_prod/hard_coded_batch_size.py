"""
task: eval_hess_vec_prod
points: 2-5
experiment: no
diagnosis: factor|nominal batch size|sum over batches
why: Weighs each batch by 64 whatever its size.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * 64 / len(dataloader.dataset)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += h
