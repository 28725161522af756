"""
task: eval_hess_vec_prod
points: 4-8
diagnosis: mean of batch means
why: Divides by the number of batches, so that a short last batch weighs too much.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        grads = torch.autograd.grad(criterion(net(x), y), params, create_graph=True, allow_unused=True)
        dot = sum((g * v).sum() for g, v in zip(grads, vec) if g is not None)
        hv = torch.autograd.grad(dot, params, allow_unused=True)
        for p, h in zip(params, hv):
            if h is not None:
                p.grad += h / len(dataloader)
