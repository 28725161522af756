"""System calls that the sandbox refuses, as the program for the kernel's filter that `bwrap --seccomp` takes.

Refused are those that take memory which no limit sees (memory files, System V segments), those that look into other
processes, and doors to large parts of the kernel that no answer needs. They fail as if the kernel did not have them.
"""

import errno
import platform
import struct

# The numbers of memfd_create, memfd_secret, shmget, ptrace, process_vm_readv, process_vm_writev, io_uring_setup, bpf,
# userfaultfd, perf_event_open, add_key, request_key, keyctl, and the kernel's name of the architecture.
REFUSED = {
    "x86_64": (0xC000003E, [319, 447, 29, 101, 310, 311, 425, 321, 323, 298, 248, 249, 250]),
    "aarch64": (0xC00000B7, [279, 447, 194, 117, 270, 271, 425, 280, 282, 241, 217, 218, 219]),
}
NUMBER, ARCHITECTURE = 0, 4  # where they stand in the kernel's struct seccomp_data
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.ENOSYS
FIRST_X32 = 0x40000000  # from here on, the same calls of x86_64 once more, for 32-bit pointers


def program(machine=None):
    """The filter (bytes) for a machine as `platform.machine` names it, b"" for one whose numbers are not known here."""
    architecture, numbers = REFUSED.get(machine or platform.machine(), (None, []))
    if architecture is None:
        return b""
    count = len(numbers)
    steps = [  # code, how many steps to leap where it is so, and where not, operand
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 0, count + 3, architecture),  # another one's calls have other numbers: refuse them all
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, count + 1, 0, FIRST_X32),
        *[(EQUAL, count - index, 0, number) for index, number in enumerate(numbers)],
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
