"""
task: eval_hess_vec_prod
points: 3-5
experiment: no
diagnosis: n x n|operations
why: Builds the Hessian with torch.autograd.functional.hessian, and multiplies: 8 GB for the CNN.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    names = [n for n, q in net.named_parameters() if any(q is p for p in params)]
    sizes = [p.numel() for p in params]
    start = torch.cat([p.detach().reshape(-1) for p in params])
    v = torch.cat([part.reshape(-1) for part in vec])
    N, total = len(dataloader.dataset), torch.zeros_like(v)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)

        def loss(flat):
            parts = [f.reshape(p.shape) for f, p in zip(flat.split(sizes), params)]
            return criterion(torch.func.functional_call(net, dict(zip(names, parts)), (x,)), y)

        total += torch.autograd.functional.hessian(loss, start) @ v * len(x) / N
    for p, part in zip(params, total.split(sizes)):
        p.grad = part.reshape(p.shape).clone()
