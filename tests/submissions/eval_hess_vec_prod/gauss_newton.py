"""
task: eval_hess_vec_prod
points: 0-4
experiment: no
diagnosis: Gauss-Newton
why: J^T H_out J v leaves out the curvature of the network itself.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    name_of = {id(p): n for n, p in net.named_parameters()}
    names = [name_of[id(p)] for p in params]
    w = {n: p.detach() for n, p in zip(names, params)}
    v = dict(zip(names, vec))
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        f = lambda weights: torch.func.functional_call(net, weights, (x,))
        out, jv = torch.func.jvp(f, (w,), (v,))
        _, hjv = torch.func.jvp(torch.func.grad(lambda o: criterion(o, y)), (out,), (jv,))
        _, vjp = torch.func.vjp(f, w)
        (prod,) = vjp(hjv)
        for n, p in zip(names, params):
            p.grad += prod[n] * len(x) / N
