"""The errors that the command line shows without a traceback."""


class Refusal(Exception):
    """The user asked for what cannot be done; the message says what, where, and what to do instead."""


class NotMarked(Exception):
    """The machine failed with a submission, not the student; the message says how."""


class CourseFault(NotMarked):
    """A cell of the course's own fails, so that no submission of its assignment can be marked; the message says how."""
