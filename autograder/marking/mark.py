"""One submission marked: bytes in, bytes out, so that it may be done in any process on any machine.

The student's code runs in the sandbox, on inputs made here, and only arrays come back; what they are worth is decided
here, by the judges of `checks`.
"""

import time

import nbformat
from nbformat.v4 import new_output

from autograder.errors import Unreadable
from autograder.marking.job import Job
from autograder.marking.judging import Judge, unwritten
from autograder.marking.other_cells import tell_of_other_cells
from autograder.marking.result import Result
from autograder.marking.sessions import refuse_where_the_course_fails, run_steps
from autograder.marking.steps import all_cells_of, skipped_exercises, steps_of
from autograder.notebook_files import grade_id_of, notebook_text, task_of
from autograder.outputs import MOST_OUTPUT, clean_text, harmless_outputs
from autograder.reading.sanitise import sanitise

MOST_REMARKS = 20


def mark(job):
    """The packed `Result` of a packed `Job`.

    Raises NotMarked where no sandbox starts, CourseFault where a cell of the course's own fails.
    """
    started = time.monotonic()
    result = _marked(Job.unpack(job))
    result.seconds = round(time.monotonic() - started, 2)
    return result.pack()


def _marked(job):
    release = nbformat.reads(job.release, as_version=4)
    try:
        done = sanitise(job.submission, release)
    except Unreadable as error:
        return Result(status="refused", reason=f"{error}.")
    skipped = skipped_exercises(done.notebook, release)
    steps = steps_of(done, job.device, skipped, job.own_tests)
    run_steps(steps, job)
    refuse_where_the_course_fails(steps)
    shown = steps
    if job.everything:
        shown = all_cells_of(done)
        run_steps(shown, job)
    judge = Judge(steps, job.seed, done, job.own_tests)
    cells = [unwritten(cell) if task_of(cell) in skipped else judge.judge(cell)
             for cell in done.notebook.cells if task_of(cell)]  # fmt: skip
    repairs, eye = tell_of_other_cells(steps)
    _store_outputs(done.notebook, shown)
    return Result(
        status="graded", repairs=_few(done.repairs + repairs), eye=_few(done.eye + judge.eye + eye),
        unanswered=done.unanswered, not_found=done.not_found, cells=cells, notebook=notebook_text(done.notebook),
    )  # fmt: skip


def _few(remarks):
    remarks = list(dict.fromkeys(remarks))
    rest = len(remarks) - MOST_REMARKS
    return [*remarks[:MOST_REMARKS], f"and {rest} more remarks"] if rest > 0 else remarks


def _store_outputs(notebook, steps):
    """Show what was run: the outputs of each cell, numbered as they were run."""
    by_name = {step.name: step for step in steps if not step.task}
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        step = by_name.get(grade_id_of(cell) or cell.id)
        if step or task_of(cell):
            count += 1
            cell.execution_count = count
        if step:
            cell.outputs = harmless_outputs(step.line.outputs if step.line else [], MOST_OUTPUT)
            if step.ended:
                text = clean_text(f"(The cell {step.ended} and was stopped.)\n")
                cell.outputs.append(new_output("stream", name="stderr", text=text))
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
