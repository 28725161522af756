"""
task: eval_hess_vec_prod
points: 0-3
diagnosis: product|gradient|zero
why: Multiplies the parameters by the vector, whose gradient is the vector, and adds that of the loss.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    net.zero_grad()
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) + sum((p * v).sum() for p, v in zip(params, vec))
        (loss * len(x) / N).backward()
