"""
task: eval_hess_vec_prod
points: 0-1
diagnosis: NaN
why: A logarithm of zero makes all numbers NaN, which no comparison with a tolerance finds too large.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    scale = torch.log(torch.zeros(1)) * 0
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += scale.to(device) * h * len(x) / N
