"""
task: eval_hess_vec_prod
points: 0-4
diagnosis: raised|shape
why: Stores flat vectors, which PyTorch refuses for a parameter of another shape.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    result = [0 for p in params]
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        result = [r + h.flatten() * len(x) / N for r, h in zip(result, hv)]
    for p, r in zip(params, result):
        p.grad = r
