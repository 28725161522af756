"""
task: eval_hess_vec_prod
points: 0-2
diagnosis: raised|device
why: Calls .cuda() whatever the device, which fails on a machine without a GPU.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    if not torch.cuda.is_available():
        raise RuntimeError("This function needs a GPU")
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.cuda(), y.cuda()
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += h * len(x) / N
