"""
task: eval_hess_vec_prod
points: 0-1
diagnosis: raised
why: .item() turns the dot product into a float, which has no backward().
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    net.zero_grad()
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * len(x) / N
        grads = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
        dot = 0.0
        for g, v in zip(grads, vec):
            if g is not None:
                dot += (g * v).sum().item()
        dot.backward()
