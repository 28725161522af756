"""
task: eval_hess_vec_prod
points: 10
why: Clears the old gradients in place with detach_() and zero_(), as optimizers once did.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p in params:
        if p.grad is not None:
            p.grad.detach_()
            p.grad.zero_()
    n = len(dataloader.dataset)
    for images, targets in dataloader:
        images, targets = images.to(device), targets.to(device)
        loss = criterion(net(images), targets) * (len(images) / n)
        g = torch.autograd.grad(loss, params, create_graph=True)
        gv = sum(torch.sum(a * b) for a, b in zip(g, vec))
        gv.backward(inputs=params)
