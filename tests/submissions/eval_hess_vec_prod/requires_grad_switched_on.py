"""
task: eval_hess_vec_prod
points: 7-9.5
diagnosis: requires_grad
why: Switches requires_grad on for the whole network, frozen parameters included, and leaves it on.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p in net.parameters():
        p.requires_grad_(True)
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
