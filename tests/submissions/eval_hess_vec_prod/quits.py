"""
task: eval_hess_vec_prod
points: 0-1
diagnosis: raised
why: Calls exit() where it thinks that something is wrong, which must not end the grading.
"""
import sys


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    if len(params) != 10:
        print("this is not the CNN of the course")
        sys.exit(0)
    grads = torch.autograd.grad(criterion(net(vec[0]), vec[1]), params, create_graph=True)
