"""
task: eval_hess_vec_prod
points: 0-3
experiment: no
diagnosis: parameters changed
why: Writes the product into p.data, over the weights, in place of p.grad.
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
    for p, r in zip(params, result):
        p.data = r
