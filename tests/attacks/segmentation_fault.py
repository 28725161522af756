"""Makes the process die of a segmentation fault in native code, leaving a core dump where it can."""

import ctypes
import resource

resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    ctypes.string_at(1)
