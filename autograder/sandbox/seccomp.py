"""System calls that the sandbox refuses, as the program for the kernel's filter that `bwrap --seccomp` takes.

Refused are those that take memory which no limit sees (memory files, System V's segments and queues, shared memory
without a file, which stays where a process drops it from its tables, pages given away to pipes, larger buffers of
sockets), those that look into other processes, and doors to large parts of the kernel that no answer needs. They fail
as if the kernel did not have them.
"""

import errno
import platform
import struct

# The numbers of memfd_create, memfd_secret, shmget, msgget, semget, vmsplice, ptrace, process_vm_readv,
# process_vm_writev, pidfd_getfd, io_uring_setup, bpf, userfaultfd, perf_event_open, add_key, request_key, keyctl.
REFUSED = {
    "x86_64": [319, 447, 29, 68, 64, 278, 101, 310, 311, 438, 425, 321, 323, 298, 248, 249, 250],
    "aarch64": [279, 447, 194, 186, 190, 75, 117, 270, 271, 438, 425, 280, 282, 241, 217, 218, 219],
}
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # as the kernel names them
MMAP, SETSOCKOPT = {"x86_64": 9, "aarch64": 222}, {"x86_64": 54, "aarch64": 208}
MAP_SHARED, MAP_ANONYMOUS = 0x01, 0x20
SOL_SOCKET, SO_SNDBUF = 1, 7
NUMBER, ARCHITECTURE = 0, 4  # where they stand in the kernel's struct seccomp_data
LOAD, EQUAL, AT_LEAST, ANY_OF, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.ENOSYS
FIRST_X32 = 0x40000000  # from here on, the same calls of x86_64 once more, for 32-bit pointers
NEXT = 0  # the step after this one; other small numbers leap over as many


def program(machine=None, gpu=False):
    """The filter (bytes) for a machine as `platform.machine` names it, b"" for one whose numbers are not known here.

    gpu: whether shared memory without a file is allowed, which NVIDIA's libraries take.
    """
    machine = machine or platform.machine()
    if machine not in REFUSED:
        return b""
    steps = [  # code, operand, where to go on where it is so, and where not
        (LOAD, ARCHITECTURE, NEXT, NEXT),
        (EQUAL, ARCHITECTURES[machine], NEXT, REFUSE),  # another one's calls have other numbers: refuse them all
        (LOAD, NUMBER, NEXT, NEXT),
        (AT_LEAST, FIRST_X32, REFUSE, NEXT),
        *[(EQUAL, number, REFUSE, NEXT) for number in REFUSED[machine]],
        *_where_arguments_are(SETSOCKOPT[machine], (EQUAL, 1, SOL_SOCKET), (EQUAL, 2, SO_SNDBUF)),
        *([] if gpu else _where_arguments_are(MMAP[machine], (ANY_OF, 3, MAP_ANONYMOUS), (ANY_OF, 3, MAP_SHARED))),
        (RETURN, ALLOW, NEXT, NEXT),
        (RETURN, REFUSE, NEXT, NEXT),
    ]
    ends = {ALLOW: len(steps) - 2, REFUSE: len(steps) - 1}
    return b"".join(
        struct.pack("HBBI", code, *(ends[to] - index - 1 if to in ends else to for to in goes), operand)
        for index, (code, operand, *goes) in enumerate(steps)
    )


def _where_arguments_are(number, *conditions):
    """Steps that refuse a call where its arguments (test, which one, operand) fulfil all the conditions."""
    steps = [step for test, argument, operand in conditions for step in (
        (LOAD, 16 + 8 * argument, NEXT, NEXT), (test, operand, NEXT, ALLOW)  # the lower half, as both are little-endian
    )]  # fmt: skip
    code, operand, _, otherwise = steps[-1]
    return [(EQUAL, number, NEXT, len(steps)), *steps[:-1], (code, operand, REFUSE, otherwise)]
