"""
task: eval_hess_vec_prod
points: 3-5
experiment: no
diagnosis: earlier call
why: Adds to .grad without ever clearing it, so that a second call returns the sum of both.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * len(x) / N
        grads = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
        dot = sum((g * v).sum() for g, v in zip(grads, vec) if g is not None)
        dot.backward()
