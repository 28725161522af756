"""
task: eval_hess_vec_prod
points: 10
why: Uses backward(create_graph=True) and takes the gradient out of .grad before the second backward.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    # PyTorch warns about create_graph in backward(): the graph is freed because p.grad is reset below
    N = len(dataloader.dataset)
    hess = [torch.zeros_like(p) for p in params]
    for x, y in dataloader:
        for p in params:
            p.grad = None
        loss = criterion(net(x.to(device)), y.to(device))
        loss.backward(create_graph=True)
        grads = [p.grad for p in params]
        for p in params:
            p.grad = None
        s = 0
        for g, v in zip(grads, vec):
            if g is not None:
                s = s + torch.sum(g * v)
        s.backward()
        for h, p in zip(hess, params):
            if p.grad is not None:
                h += len(x) / N * p.grad
    for h, p in zip(hess, params):
        p.grad = h
