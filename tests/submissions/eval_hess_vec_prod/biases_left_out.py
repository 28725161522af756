"""
task: eval_hess_vec_prod
points: 1-5
experiment: no
diagnosis: biases
why: Only matrices and filters enter the dot product, so the rows and columns of the biases are missing.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    weights = [p for p in params if p.dim() > 1]
    vs = [v for v in vec if v.dim() > 1]
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, weights, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, weights, vs, materialize_grads=True)
        for p, h in zip(weights, hv):
            p.grad += h * len(x) / N
