"""Raises an exception whose text never ends, in a class whose name and text try to be HTML, markup and escapes."""


class Hostile(Exception):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    raise Hostile
