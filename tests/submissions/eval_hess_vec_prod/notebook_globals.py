"""
task: eval_hess_vec_prod
points: 0-1
diagnosis: raised
why: Uses the notebook's train_loader and cnn in place of its arguments.
"""


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    N = len(train_loader.dataset)
    cnn.zero_grad()
    for x, y in train_loader:
        x, y = x.to(device), y.to(device)
        loss = criterion(cnn(x), y) * len(x) / N
        grads = torch.autograd.grad(loss, params, create_graph=True)
        dot = sum((g * v).sum() for g, v in zip(grads, vec))
        dot.backward()
