"""Raises SystemExit, KeyboardInterrupt and GeneratorExit, which handlers of Exception do not catch, in turn."""

import itertools

kinds = itertools.cycle([SystemExit(0), KeyboardInterrupt(), GeneratorExit(), BaseException("10.0")])


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    raise next(kinds)
