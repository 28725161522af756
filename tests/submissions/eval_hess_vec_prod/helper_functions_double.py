"""
task: eval_hess_vec_prod
points: 10
why: Accumulates in float64 and converts at the end, in small helper functions of the student's own.
"""


def batch_hvp(loss, params, vec):
    first = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
    used = [i for i, g in enumerate(first) if g is not None]
    second = torch.autograd.grad(
        [first[i] for i in used], params, grad_outputs=[vec[i] for i in used], allow_unused=True
    )
    return [torch.zeros_like(p) if h is None else h for p, h in zip(params, second)]


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    """Stores the Hessian-vector product in p.grad."""
    total = [p.detach().double() * 0 for p in params]
    size = 0
    for images, labels in dataloader:
        images, labels = images.to(device), labels.to(device)
        products = batch_hvp(criterion(net(images), labels), params, vec)
        total = [t + h.double() * len(images) for t, h in zip(total, products)]
        size += len(images)
    for p, t in zip(params, total):
        p.grad = (t / size).to(p.dtype)
