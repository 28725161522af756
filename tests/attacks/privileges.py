"""Tries to become root, to mount, to make name spaces, devices and set-user-id files, and to leave its root folder."""

import ctypes
import os
import stat
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)
NEW_USER, NEW_MOUNTS, NEW_NETWORK, NEW_PROCESSES = 0x10000000, 0x20000, 0x40000000, 0x20000000
READ_ONLY_OFF = 32 | 4096  # MS_REMOUNT | MS_BIND


def attempts():
    yield lambda: os.setuid(0)
    yield lambda: os.setgroups([0])
    yield lambda: os.chroot("/proc/1/root")
    yield lambda: os.mknod("/tmp/disk", stat.S_IFBLK | 0o666, os.makedev(8, 0))
    yield lambda: os.chmod("/usr/bin/env", 0o4777)
    yield lambda: os.nice(-20)
    yield lambda: Path("/proc/self/uid_map").write_text("0 0 1")
    for flag in (NEW_USER, NEW_MOUNTS, NEW_NETWORK, NEW_PROCESSES):
        yield lambda flag=flag: check(libc.unshare(flag))
    yield lambda: check(libc.mount(b"proc", b"/tmp", b"proc", 0, None))
    yield lambda: check(libc.mount(None, b"/", None, READ_ONLY_OFF, None))
    yield lambda: check(libc.umount2(b"/opt/course", 2))
    for kind in ("mnt", "net", "pid", "user"):
        yield lambda kind=kind: check(libc.setns(os.open(f"/proc/1/ns/{kind}", 0), 0))


def check(result):
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


for number, attempt in enumerate(attempts()):
    try:
        attempt()
        print("the attack" + " worked", number)
    except OSError as error:
        print(number, error)


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p, v in zip(params, vec):
        p.grad = v.clone()
