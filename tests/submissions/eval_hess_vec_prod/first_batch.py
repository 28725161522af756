"""
task: eval_hess_vec_prod
points: 1-5
experiment: no
diagnosis: first batch
why: Takes one batch by next(iter(...)) and never looks at the others.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    x, y = next(iter(dataloader))
    x, y = x.to(device), y.to(device)
    loss = criterion(net(x), y)
    grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
    hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
    for p, h in zip(params, hv):
        p.grad = h
