"""
task: eval_hess_vec_prod
points: 10
why: One flat vector of everything, by torch.nn.utils, and the scalar product of the flat vectors.
"""


from torch.nn.utils import parameters_to_vector, vector_to_parameters


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    v = parameters_to_vector(vec).detach()
    hv = torch.zeros_like(v)
    seen = 0
    for x, y in dataloader:
        x = x.to(device)
        y = y.to(device)
        grads = torch.autograd.grad(criterion(net(x), y), params, create_graph=True)
        flat = torch.cat([g.reshape(-1) for g in grads])
        h = torch.autograd.grad(torch.dot(flat, v), params)
        hv += len(y) * torch.cat([g.reshape(-1) for g in h])
        seen += len(y)
    hv /= seen
    start = 0
    for p in params:
        p.grad = hv[start:start + p.numel()].view_as(p).clone()
        start += p.numel()
