"""
task: eval_hess_vec_prod
points: 10
why: Hands the vector to torch.autograd.grad as grad_outputs of the gradient, one image at a time.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    total = len(dataloader.dataset)
    result = [torch.zeros_like(p) for p in params]
    for xs, ys in dataloader:
        xs, ys = xs.to(device), ys.to(device)
        for i in range(len(xs)):
            loss = criterion(net(xs[i:i + 1]), ys[i:i + 1])
            first = torch.autograd.grad(loss, params, create_graph=True)
            second = torch.autograd.grad(first, params, grad_outputs=vec)
            for r, s in zip(result, second):
                r.add_(s, alpha=1 / total)
    for p, r in zip(params, result):
        p.grad = r.detach().clone()
