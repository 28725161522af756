"""
task: eval_hess_vec_prod
points: 2-5
experiment: no
diagnosis: parameters changed
why: Copied from a training loop together with the optimizer's step, which moves the parameters.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    params = list(params)
    optimizer = torch.optim.SGD(params, lr=0.01)
    N = len(dataloader.dataset)
    optimizer.zero_grad()
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * len(x) / N
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        dot = sum((g * v).sum() for g, v in zip(grads, vec))
        dot.backward()
    optimizer.step()
