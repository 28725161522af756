"""
task: eval_hess_vec_prod
points: 2-5
experiment: no
diagnosis: factor
why: Weighs each batch by the number of outputs, images times classes, over the number of images.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(dataloader.dataset)
    for p in params:
        p.grad = torch.zeros_like(p)
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        output = net(x)
        loss = criterion(output, y) * output.numel() / N
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        hv = torch.autograd.grad(grads, params, vec, materialize_grads=True)
        for p, h in zip(params, hv):
            p.grad += h
