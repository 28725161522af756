"""
task: eval_hess_vec_prod
points: 0-5
experiment: no
diagnosis: nothing in .grad
why: Computes the right product but returns it as a list, and p.grad stays empty.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    result = [torch.zeros_like(p) for p in params]
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        result = [r + h * len(x) / N for r, h in zip(result, hv)]
    return result
