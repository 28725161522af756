"""
task: eval_hess_vec_prod
points: 10
reference: yes
why: Sums size-weighted products in .grad and divides by the number of images that it counted.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p in params:
        if p.grad is None:
            p.grad = torch.zeros_like(p)
        else:
            p.grad.zero_()

    num = 0
    for data, target in dataloader:
        data, target = data.to(device), target.to(device)
        loss = criterion(net(data), target)
        g = torch.autograd.grad(loss, params, create_graph=True)
        gv = torch.stack([torch.sum(gi * vi) for gi, vi in zip(g, vec)]).sum()
        h = torch.autograd.grad(gv, params)
        with torch.no_grad():
            for p, hi in zip(params, h):
                p.grad.add_(hi * data.shape[0])
        num += data.shape[0]

    for p in params:
        p.grad.div_(num)
