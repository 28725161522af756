"""
task: eval_hess_vec_prod
points: 10
why: Puts all images into one batch, so that the criterion itself is the mean over the data set.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    images, labels = [], []
    for x, y in dataloader:
        images.append(x.to(device))
        labels.append(y.to(device))
    images, labels = torch.cat(images), torch.cat(labels)

    loss = criterion(net(images), labels)
    grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
    product = torch.autograd.grad(grads, params, grad_outputs=vec, materialize_grads=True)
    for p, h in zip(params, product):
        p.grad = h
