"""
task: eval_hess_vec_prod
points: 0-1
diagnosis: raised
why: Converts the vector although it comes as a list of tensors already.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    vec = utils.npvec_to_tensorlist(vec, params, device)
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
