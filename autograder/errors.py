"""The errors that the command line shows without a traceback, and what is said of those of the machine."""

import errno

# What ails the machine, and so all of a class; any other OSError may be caused by one student's upload.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
OF_THE_MACHINE = FULL | {errno.EROFS, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE}
MAKE_ROOM = "Make room, and run the same command again: it goes on where it was."

# What a database says of itself, in lower case, and what a person can do about it.
REMEDIES = {
    "locked": "Another program is changing it. Wait for its end, or close it (formgrader, nbgrader, a viewer of "
    "databases), and run the same command again: it goes on where it was.",
    "disk is full": f"The disk is full. {MAKE_ROOM}",
    "no space left": f"The disk is full. {MAKE_ROOM}",
    "disk i/o error": f"The disk is full, or broken. {MAKE_ROOM}",
    "readonly": "It may only be read. Check its permissions, and those of its folder.",
}

DRIVER = "Install it with pip, or name another gradebook: --db URL"
POSTGRES = "For PostgreSQL: pip install -e '.[postgres]', and write the address as postgresql+psycopg://USER@HOST/NAME"
DRIVERS = {"psycopg": POSTGRES, "psycopg2": POSTGRES}


class Refusal(Exception):
    """The user asked for what cannot be done; the message says what, where, and what to do instead."""


class Unreadable(Exception):
    """What a student handed in is no notebook; the message says why."""


class NotMarked(Exception):
    """The machine failed with a submission, not the student; the message says how."""


class CourseFault(NotMarked):
    """A cell of the course's own fails, so that no submission of its assignment can be marked; the message says how."""


def is_of_the_machine(error):
    """Whether an OSError would meet every other file too, as on a full disk."""
    return error.errno in OF_THE_MACHINE


def in_words(error):
    """An OSError as a message: what happened, where, and what to do."""
    place = error.filename or "A file"
    if error.errno in FULL:
        return f"{place}: the disk is full.\n{MAKE_ROOM}"
    reason = error.strerror or str(error)
    return f"{place}: {reason}.\nCheck the path, its permissions and the disk."


def of_a_database(error, what, advice):
    """An error of a database or its driver as a `Refusal` that says what cannot be done, why, and what to do."""
    if isinstance(error, ModuleNotFoundError):
        return Refusal(f"{what}: its driver {error.name} is not installed.\n{DRIVERS.get(error.name, DRIVER)}")
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    return Refusal(f"{what}: {reason}.\n{remedy(reason) or advice}")


def remedy(reason):
    """What is wrong with a database that said this, and what to do; "" where that is not known."""
    return next((words for sign, words in REMEDIES.items() if sign in reason.lower()), "")
