"""
task: eval_hess_vec_prod
points: 1-5
diagnosis: last batch
why: zero_grad() stands inside the loop, so that only the last batch's product is left.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for x, y in dataloader:
        net.zero_grad()
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y)
        grads = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
        dot = sum((g * v).sum() for g, v in zip(grads, vec) if g is not None)
        dot.backward()
