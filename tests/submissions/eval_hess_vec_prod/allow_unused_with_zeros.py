"""
task: eval_hess_vec_prod
points: 10
why: allow_unused=True in both passes, and zeros for None; the old gradients are set to zero and kept.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    net.zero_grad(set_to_none=False)
    acc = [0 * p.detach() for p in params]
    N = 0
    for data, target in dataloader:
        data, target = data.to(device), target.to(device)
        loss = criterion(net(data), target)
        grads = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
        dot = 0
        for g, v in zip(grads, vec):
            if g is not None:
                dot = dot + torch.sum(g * v)
        hv = torch.autograd.grad(dot, params, allow_unused=True)
        for i, h in enumerate(hv):
            if h is not None:
                acc[i] += h * data.size(0)
        N += data.size(0)
    for p, a in zip(params, acc):
        p.grad = a / N
