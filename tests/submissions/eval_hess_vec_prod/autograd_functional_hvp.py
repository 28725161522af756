"""
task: eval_hess_vec_prod
points: 10
why: torch.autograd.functional.hvp of the loss as a function of the weights.
"""
from torch.autograd.functional import hvp
from torch.func import functional_call


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    name_of = {id(p): n for n, p in net.named_parameters()}
    names = [name_of[id(p)] for p in params]
    weights = tuple(p.detach().clone() for p in params)
    result = [torch.zeros_like(w) for w in weights]
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        f = lambda *w: criterion(functional_call(net, dict(zip(names, w)), x), y)
        _, hv = hvp(f, weights, tuple(vec))
        for r, h in zip(result, hv):
            r.add_(h, alpha=x.shape[0] / len(dataloader.dataset))
    for p, r in zip(params, result):
        p.grad = r
