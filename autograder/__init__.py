"""The instructor's side of the loss-surface course: run as `python -m autograder`.

`build` makes the student notebooks from the solutions, `init` stages an nbgrader course, `execute` runs the solutions.
"""
