"""A folder a task, named by its grade id.

`drive` calls an answer, `judge` judges what came out, and `public` has the inputs and the reference of the check for
students, which are computed without the method that is asked for. Hidden inputs are `autograder/checks/<task>.py`.
"""

from pathlib import Path


def names():
    """The tasks, sorted."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/drive.py"))
