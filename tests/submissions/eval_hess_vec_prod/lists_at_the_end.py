"""
task: eval_hess_vec_prod
points: 10
why: Collects the weighted product of each batch in a list, adds them up at the end, and prints on the way.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    params = list(params)
    products = []
    for i, (x, y) in enumerate(dataloader):
        x = x.to(device)
        y = y.to(device)
        w = x.size(0) / len(dataloader.dataset)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
        grads = [g if g is not None else 0 * p for g, p in zip(grads, params)]
        flat = torch.cat([g.flatten() for g in grads])
        flat_v = torch.cat([v.flatten() for v in vec])
        hv = torch.autograd.grad(flat @ flat_v, params, allow_unused=True)
        products.append([None if h is None else w * h for h in hv])
        print("batch", i, "loss", loss.item())

    for k, p in enumerate(params):
        parts = [prod[k] for prod in products if prod[k] is not None]
        p.grad = torch.stack(parts).sum(0) if parts else torch.zeros_like(p)
