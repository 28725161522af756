"""
task: eval_hess_vec_prod
points: 2-7
diagnosis: divided by their number
why: len(dataloader) counts batches, so that the weights are about a batch size too large.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    net.zero_grad()
    N = len(dataloader)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * len(x) / N
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        sum((g * v).sum() for g, v in zip(grads, vec)).backward()
