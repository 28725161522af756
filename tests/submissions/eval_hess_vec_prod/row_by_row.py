"""
task: eval_hess_vec_prod
points: 3-5
experiment: no
diagnosis: operations
why: Differentiates each number of the gradient by itself, and takes the row's scalar product with the vector.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    v = torch.cat([part.reshape(-1) for part in vec])
    total = torch.zeros_like(v)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * len(x) / N
        flat = torch.cat([g.reshape(-1) for g in torch.autograd.grad(loss, params, create_graph=True)])
        for i in range(len(flat)):
            row = torch.autograd.grad(flat[i], params, retain_graph=True)
            total[i] += torch.dot(torch.cat([r.reshape(-1) for r in row]), v)
    for p, part in zip(params, total.split([p.numel() for p in params])):
        p.grad = part.reshape(p.shape).clone()
