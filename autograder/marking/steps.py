"""What is to be run of a submission: the course's cells, the answers with what surrounds them, and the checks."""

import json
from dataclasses import dataclass

from nbgrader import utils

from autograder import checks
from autograder.notebook_files import grade_id_of, task_of
from autograder.reading.own_cells import OwnCell
from autograder.sandbox.running import Line

SURROUNDINGS = "what {} uses of other cells"


@dataclass(eq=False)
class Step:
    """A cell, or a check or a test of the answer `task`, to be run in the sandbox, and what came of it.

    needed: without it the checks after it mean nothing, so it is run again in a fresh kernel; ours: nothing of a
    student's is run by it; inputs: what it reads, None where it reads and leaves nothing, or the inputs of a check
    """

    name: str
    source: str
    needed: bool = False
    task: str = ""
    device: str = ""
    ours: bool = False
    inputs: bytes | None = None
    line: Line | None = None  # what the runner said of it
    stopped: str = ""  # why it came to no end

    @property
    def results(self):
        """What was packed, in base64; "" where there is none."""
        return self.line.results or "" if self.line else ""

    @property
    def ended(self):
        """Why it was interrupted or stopped, "" where it was not."""
        return self.stopped or (self.line.ended if self.line else "")

    @property
    def error(self):
        """What it raised, "" where it raised nothing."""
        return self.line.error if self.line else ""


def skipped_exercises(notebook, release):
    """The optional exercises whose answers are as they were released."""
    released = {grade_id_of(cell): cell.source.strip() for cell in release.cells}
    return {grade_id_of(cell) for cell in notebook.cells if _is_optional(grade_id_of(cell))
            and cell.source.strip() == released.get(grade_id_of(cell))}  # fmt: skip


def _is_optional(task):
    return task in checks.CHECKS and checks.CHECKS[task].bonus


def steps_of(done, device, skipped=(), own_tests=None):
    """What is to be run for the points: the cells tagged `setup`, the answers, and on each device the checks.

    Before an answer comes what it uses of other cells. Answers without a test are run too, as one that counts may use
    them, unless all that count come before. skipped: tasks that are not checked. own_tests: the instructor's,
    {grade id: source}, which come last.
    """
    steps, devices = _steps_to_start(done), ["cpu", "cuda"] if device == "cuda" else ["cpu"]
    end = len(steps)
    for cell in done.notebook.cells:
        task = task_of(cell)
        if task in checks.CHECKS and task not in skipped:
            steps += [_step_of_a_check(task, device) for device in devices]
        elif not task and cell.cell_type == "code":
            steps += _steps_of_cell(cell, needed_only=True)
        if cell.cell_type == "code" and utils.is_grade(cell) and task not in skipped:
            end = len(steps)
    if own_tests:
        return steps + [_step_of_own_test(grade_id, source) for grade_id, source in own_tests.items()]
    return steps[:end]


def all_cells_of(done):
    """What is to be run to show the outputs of all cells: these, without the tests.

    Apart from the checks, so that nothing can be shown of what these are called with.
    """
    cells = [cell for cell in done.notebook.cells if cell.cell_type == "code" and not task_of(cell)]
    return _steps_to_start(done) + sum([_steps_of_cell(cell, needed_only=False) for cell in cells], [])


def _steps_of_cell(cell, needed_only):
    if utils.is_solution(cell):
        return _steps_of_an_answer(grade_id_of(cell))
    needed = "setup" in cell.metadata.get("tags", [])
    if needed_only and not needed:
        return []
    return [Step(grade_id_of(cell) or cell.id, _call("run_cells", "run_released", cell.id), needed, ours=True)]


def _call(module, function, *arguments):
    """A line that calls a function of `inside/` in the kernel, and leaves no name there."""
    return f"__import__({module!r}).{function}({', '.join(map(repr, arguments))})"


def _steps_to_start(done):
    start = Step("the grader's start", "__import__('run_cells');", True, ours=True)
    read, cells = _call("run_cells", "read", "EXCHANGE"), as_inputs(done.notebook, done.code)
    return [start, Step("the submission's cells", read, True, ours=True, inputs=cells)]


def _steps_of_an_answer(task):
    surroundings = Step(SURROUNDINGS.format(task), _call("run_cells", "prepare", task, "EXCHANGE"), True, inputs=b"")
    return [surroundings, Step(task, _call("run_cells", "run_answer", task, "EXCHANGE"), True, inputs=b"")]


def _step_of_a_check(task, device):
    source = f"__import__('drive').drive({task!r}, globals().get({task!r}), {device!r}, 'EXCHANGE')"
    return Step(f"the check of {task}", source, False, task, device)


def _step_of_own_test(grade_id, source):
    task = grade_id.removeprefix("test_")
    return Step(f"the test {grade_id}", _call("run_cells", "run_test", task, "EXCHANGE"), False, task,
                inputs=source.encode())  # fmt: skip


# ------------------------------------------------------------------------------------------- the cells, as they go in


def as_inputs(notebook, own):
    """What `inside/run_cells.py` reads: all code cells in the student's order, as JSON.

    Each is {"name", "kind", "task", "source", "released", "stands_for"}; kind: "setup", "released", "answer" or "test"
    for the cells of `notebook`, the rebuilt one, and "own"; task: that of an answer or a test; source: as the student
    has it; released: as we do, "" for an answer. Cells that the student has deleted stand behind those before them.
    """
    ours = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    order, present = list(own), {cell.stands_for for cell in own}
    for before, key in zip(["", *ours], ours, strict=False):
        if key not in present:
            place = [number + 1 for number, cell in enumerate(order) if before and cell.stands_for == before]
            order.insert(place[-1] if place else 0, OwnCell(key, ours[key].source, key))
    return json.dumps([_described(cell, ours.get(cell.stands_for)) for cell in order]).encode()


def _described(own, cell):
    if cell is None:
        kind, task, source, released = "own", "", own.source, ""
    elif utils.is_solution(cell):
        kind, task, source, released = "answer", cell.metadata.nbgrader.grade_id, cell.source, ""
    else:
        setup = "setup" in cell.metadata.get("tags", [])
        kind, task, source, released = "setup" if setup else "released", "", own.source, cell.source
        if utils.is_grade(cell):
            kind, task = "test", cell.metadata.nbgrader.grade_id.removeprefix("test_")
    return {"name": own.name, "kind": kind, "task": task, "source": source, "released": released,
            "stands_for": own.stands_for}  # fmt: skip
