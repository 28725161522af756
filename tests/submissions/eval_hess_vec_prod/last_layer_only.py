"""
task: eval_hess_vec_prod
points: 0-4
experiment: no
diagnosis: raised|product|layer
why: The sum is overwritten in the loop over the layers, so that only the last one enters the dot product.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        for g, v in zip(grads, vec):
            dot = (g * v).sum()
        hv = torch.autograd.grad(dot, params, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += h * len(x) / N
