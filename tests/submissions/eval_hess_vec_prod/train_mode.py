"""
task: eval_hess_vec_prod
points: 5-9
diagnosis: mode|buffers
why: Switches to training mode, so that batch norm uses batch statistics and updates its buffers.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    net.train()
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
