"""
task: eval_hess_vec_prod
points: 10
why: torch.func.vjp of the gradient: the Hessian is symmetric.
"""


from torch.func import functional_call, grad, vjp


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    by_id = {id(p): name for name, p in net.named_parameters()}
    weights = {by_id[id(p)]: p.detach() for p in params}
    v = {by_id[id(p)]: part for p, part in zip(params, vec)}
    N = len(dataloader.dataset)
    out = {name: torch.zeros_like(w) for name, w in weights.items()}
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        gradient = grad(lambda w: criterion(functional_call(net, w, (x,)), y) * x.shape[0] / N)
        _, pull = vjp(gradient, weights)
        (h,) = pull(v)
        for name in out:
            out[name] += h[name]
    for p in params:
        p.grad = out[by_id[id(p)]]
