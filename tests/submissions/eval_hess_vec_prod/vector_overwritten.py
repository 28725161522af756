"""
task: eval_hess_vec_prod
points: 6-9.5
diagnosis: vector changed
why: Uses the vector's own memory for the result.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    result = [torch.zeros_like(p) for p in params]
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        for r, h in zip(result, hv):
            r += h * len(x) / N
    for p, v, r in zip(params, vec, result):
        v.copy_(r)
        p.grad = v
