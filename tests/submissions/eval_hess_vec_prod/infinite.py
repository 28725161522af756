"""
task: eval_hess_vec_prod
points: 0-3
diagnosis: NaN|infinit|inf
why: Divides by a count that is never increased.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    count = torch.zeros(1, device=device)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * len(x)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += h
    for p in params:
        p.grad /= count
