"""
task: eval_hess_vec_prod
points: 0-5
experiment: no
diagnosis: returned|nothing
why: Returns the product as one flat vector and does not touch p.grad, old gradients and all.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    Hv = 0
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grad1 = torch.autograd.grad(loss, params, create_graph=True)
        prod = sum((g * v).sum() for g, v in zip(grad1, vec))
        grad2 = torch.autograd.grad(prod, params)
        Hv = Hv + torch.cat([g.reshape(-1) for g in grad2]) * len(x) / len(dataloader.dataset)
    return Hv
