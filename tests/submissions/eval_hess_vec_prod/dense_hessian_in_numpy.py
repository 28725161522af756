"""
task: eval_hess_vec_prod
points: 3-5
experiment: no
diagnosis: n x n|operations
cuda: no
why: Fills an n x n array of NumPy with the rows of the Hessian.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    n, N = sum(p.numel() for p in params), len(dataloader.dataset)
    H = np.zeros((n, n))
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        grads = torch.autograd.grad(criterion(net(x), y), params, create_graph=True)
        flat = torch.cat([g.reshape(-1) for g in grads])
        for i in range(n):
            row = torch.autograd.grad(flat[i], params, retain_graph=True)
            H[i] += np.concatenate([r.numpy().ravel() for r in row]) * len(x) / N
    product = H @ np.concatenate([v.numpy().ravel() for v in vec])
    start = 0
    for p in params:
        part = product[start:start + p.numel()].reshape(p.shape)
        p.grad = torch.tensor(part, dtype=p.dtype)
        start += p.numel()
