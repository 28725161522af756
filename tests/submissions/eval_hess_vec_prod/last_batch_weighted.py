"""
task: eval_hess_vec_prod
points: 1-5
experiment: no
diagnosis: last batch
why: Writes p.grad anew for each batch in place of adding, so only the last batch remains, with its weight.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad = h * len(x) / N
