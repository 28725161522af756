"""
task: eval_hess_vec_prod
points: 10
why: Zeroes the gradients in place with set_to_none=False and accumulates by backward(inputs=...).
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    net.zero_grad(set_to_none=False)
    total = len(dataloader.dataset)
    for (images, labels) in dataloader:
        images = images.to(device, non_blocking=True)
        labels = labels.to(device, non_blocking=True)
        fraction = float(labels.shape[0]) / total
        loss = criterion(net(images), labels)
        grads = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
        torch.autograd.backward(
            [g for g in grads if g is not None],
            [fraction * v for g, v in zip(grads, vec) if g is not None],
            inputs=params,
        )
