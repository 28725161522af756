"""
task: eval_hess_vec_prod
points: 10
why: Restores the mode that it changes, shows a progress bar and warns, none of which may cost points.
"""
import warnings

from tqdm import tqdm


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    warnings.warn("computing a Hessian-vector product, this can take a while")
    modes = {m: m.training for m in net.modules()}
    net.eval()
    params = list(params)
    acc = [torch.zeros_like(p) for p in params]
    for x, y in tqdm(dataloader):
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grad = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
        prod = [(g * v).sum() for g, v in zip(grad, vec) if g is not None]
        hv = torch.autograd.grad(sum(prod), params, allow_unused=True)
        for a, h in zip(acc, hv):
            if h is not None:
                a += h.detach() * (len(y) / len(dataloader.dataset))
    for p, a in zip(params, acc):
        p.grad = a
    for m, training in modes.items():
        m.training = training
