"""
task: eval_hess_vec_prod
points: 0-1
experiment: no
diagnosis: the gradient itself
why: One backward pass of the loss, with the vector never used.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    net.zero_grad()
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * len(x) / len(dataloader.dataset)
        loss.backward()
