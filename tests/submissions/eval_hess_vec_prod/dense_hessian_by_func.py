"""
task: eval_hess_vec_prod
points: 3-5
experiment: no
diagnosis: n x n|operations
why: torch.func.hessian, in one piece.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    names = [n for n, q in net.named_parameters() if any(q is p for p in params)]
    sizes = [p.numel() for p in params]
    start = torch.cat([p.detach().reshape(-1) for p in params])
    x, y = (torch.cat(parts).to(device) for parts in zip(*[(a.to(device), b.to(device)) for a, b in dataloader]))

    def loss(flat):
        parts = [f.reshape(p.shape) for f, p in zip(flat.split(sizes), params)]
        return criterion(torch.func.functional_call(net, dict(zip(names, parts)), (x,)), y)

    product = torch.func.hessian(loss)(start) @ torch.cat([part.reshape(-1) for part in vec])
    for p, part in zip(params, product.split(sizes)):
        p.grad = part.reshape(p.shape).clone()
