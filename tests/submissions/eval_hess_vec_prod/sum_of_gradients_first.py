"""
task: eval_hess_vec_prod
points: 10
why: Builds the mean loss over the whole data set as one graph and differentiates that twice.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    mean_loss = 0.0
    for x, y in dataloader:
        mean_loss = mean_loss + criterion(net(x.to(device)), y.to(device)) * len(y)
    mean_loss = mean_loss / len(dataloader.dataset)

    g = torch.autograd.grad(mean_loss, params, create_graph=True, allow_unused=True)
    pairs = [(gi, vi) for gi, vi in zip(g, vec) if gi is not None]
    hv = torch.autograd.grad([gi for gi, _ in pairs], params, [vi for _, vi in pairs], allow_unused=True)
    for p, h in zip(params, hv):
        p.grad = torch.zeros_like(p) if h is None else h
