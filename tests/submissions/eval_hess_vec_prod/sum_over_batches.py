"""
task: eval_hess_vec_prod
points: 3-5
experiment: no
diagnosis: sum over batches
why: The batch means are added up without weights, as in the first version of this lab.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    net.zero_grad()
    for inputs, targets in dataloader:
        inputs, targets = inputs.to(device), targets.to(device)
        loss = criterion(net(inputs), targets)
        grad_f = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
        prod = 0
        for g, v in zip(grad_f, vec):
            if g is not None:
                prod = prod + (g * v).sum()
        prod.backward()
