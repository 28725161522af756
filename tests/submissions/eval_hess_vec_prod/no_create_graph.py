"""
task: eval_hess_vec_prod
points: 0-1
diagnosis: create_graph
why: The gradient has no graph, so that it cannot be differentiated again.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    net.zero_grad()
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * len(x) / N
        grads = torch.autograd.grad(loss, params, allow_unused=True)
        dot = sum((g * v).sum() for g, v in zip(grads, vec) if g is not None)
        dot.backward()
