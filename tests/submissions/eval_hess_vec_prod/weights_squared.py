"""
task: eval_hess_vec_prod
points: 2-5
experiment: no
diagnosis: weigh|batch
why: Multiplies by the batch's weight twice, in the loss and in the sum.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * len(x) / N
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += h * len(x) / N
