"""
task: eval_hess_vec_prod
points: 10
why: Lets backward() accumulate the weighted products in .grad, and leaves None where a parameter is not used.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    params = list(params)
    net.zero_grad()
    for p in params:
        p.grad = None
    n_total = len(dataloader.dataset)

    for inputs, targets in dataloader:
        inputs = inputs.to(device)
        targets = targets.to(device)
        outputs = net(inputs)
        loss = criterion(outputs, targets) * (inputs.size(0) / n_total)
        grad_f = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)

        prod = torch.zeros(1, device=device)
        for (g, v) in zip(grad_f, vec):
            if g is not None:
                prod = prod + (g * v).sum()
        prod.backward()
