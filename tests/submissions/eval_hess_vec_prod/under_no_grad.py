"""
task: eval_hess_vec_prod
points: 0-1
diagnosis: raised|no_grad
why: torch.no_grad() around everything, as for an evaluation, so that there is nothing to differentiate.
"""


@torch.no_grad()
def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += h * len(x) / N
