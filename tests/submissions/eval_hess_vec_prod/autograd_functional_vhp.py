"""
task: eval_hess_vec_prod
points: 10
why: The Hessian is symmetric, so the faster vhp gives the same product.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    # H is symmetric => v^T H = (H v)^T, and vhp is faster than hvp according to the docs
    ids = [id(p) for p in params]
    keys = {id(p): k for k, p in net.named_parameters() if id(p) in ids}
    sums = None
    count = 0
    for batch in dataloader:
        x, y = [t.to(device) for t in batch]

        def batch_loss(*ws):
            sd = {keys[i]: w for i, w in zip(ids, ws)}
            return criterion(torch.func.functional_call(net, sd, (x,)), y)

        prod = torch.autograd.functional.vhp(batch_loss, tuple(p.data for p in params), tuple(vec))[1]
        prod = [len(x) * h for h in prod]
        sums = prod if sums is None else [s + h for s, h in zip(sums, prod)]
        count += len(x)
    for p, s in zip(params, sums):
        p.grad = s / count
