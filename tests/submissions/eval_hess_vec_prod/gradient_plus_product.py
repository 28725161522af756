"""
task: eval_hess_vec_prod
points: 2-5
experiment: no
diagnosis: gradient plus
why: backward(create_graph=True) writes the gradient into .grad, to which the product is added.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    net.zero_grad()
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * len(x) / len(dataloader.dataset)
        loss.backward(retain_graph=True)
        grads = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
        dot = sum((g * v).sum() for g, v in zip(grads, vec) if g is not None)
        dot.backward()
