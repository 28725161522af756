"""One submission marked: bytes in, bytes out, so that it may be done in any process on any machine.

The student's code runs in the sandbox, on inputs made here, and only arrays come back; what they are worth is decided
here, by the judges of `checks`.
"""

import base64
import json
import time
from dataclasses import asdict, dataclass, replace

import nbformat
from nbformat.v4 import new_output
from nbgrader import utils

from autograder import checks
from autograder.errors import CourseFault, NotMarked, Refusal
from autograder.marking.raised import results_without_data, texts_raised_in, without_data
from autograder.notebook_files import notebook_text
from autograder.outputs import clean_text, harmless_outputs
from autograder.reading.own_cells import MISSING, as_inputs, read_report, where_is
from autograder.reading.sanitise import MOST_OUTPUT, Unreadable, grade_id_of, sanitise
from autograder.sandbox import running as sandbox
from autograder.sandbox.inside import crossing

ATTEMPTS = 2  # to start a sandbox
START_SECONDS = 60  # that the course's own setup cells may take at least, whatever students' cells may
LONGEST_MESSAGE = 3000  # characters of a diagnosis
MOST_REMARKS = 20
UNWRITTEN = "Optional, and not written: nothing is lost."
MOST_NAMES = 5  # that are explained
SURROUNDINGS = "what {} uses of other cells"


@dataclass(frozen=True)
class Job:
    """What `mark` needs to know.

    release: the student version, as text; submission: the file's bytes; seed: of the hidden inputs; seconds: a cell may
    take; everything: run all cells, not only those that count; device: "cpu" or "cuda"; safe: in the sandbox; helpers:
    the modules beside the released notebook, {file name: text}, where they are not those of the repository.
    """

    release: str
    submission: bytes
    seed: int
    seconds: float = 60
    everything: bool = False
    device: str = "cpu"
    safe: bool = True
    helpers: dict | None = None

    def pack(self):
        """The job as bytes."""
        return json.dumps({**asdict(self), "submission": base64.b64encode(self.submission).decode()}).encode()

    @classmethod
    def unpack(cls, data):
        """The job of these bytes."""
        fields = json.loads(data)
        return cls(**{**fields, "submission": base64.b64decode(fields["submission"])})


def device_for(choice, safe=True):
    """"cpu" or "cuda" (the CPU and CUDA) for "cpu", "cuda" or "auto", with a sandbox that works for it if `safe`.

    Raises Refusal where "cuda" is not there, or the sandbox does not work.
    """
    try:
        device = checks.devices(choice)[-1]
    except RuntimeError as error:
        raise Refusal(f"{str(error).capitalize()}.") from None
    if safe:
        sandbox.refuse_where_it_does_not_work(gpu=device == "cuda")
    return device


@dataclass(eq=False)
class Step:
    """A cell, or a check of the answer `task` on a device, to be run in the sandbox, and what came of it.

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
    line: dict | None = None  # what the runner said of it
    stopped: str = ""  # why it came to no end

    @property
    def results(self):
        """What was packed, in base64; "" where there is none."""
        return (self.line or {}).get("results") or ""

    @property
    def ended(self):
        """Why it was interrupted or stopped, "" where it was not."""
        return self.stopped or (self.line or {}).get("ended", "")

    @property
    def error(self):
        """What it raised, "" where it raised nothing."""
        return (self.line or {}).get("error", "")


def mark(job):
    """The result (see `result_of`) of a packed `Job`, as bytes of JSON.

    Raises NotMarked where no sandbox starts, CourseFault where a cell of the course's own fails.
    """
    job, started = Job.unpack(job), time.monotonic()
    release = nbformat.reads(job.release, as_version=4)
    try:
        done = sanitise(job.submission, release)
    except Unreadable as error:
        return _as_bytes(started, "refused", reason=f"{error}.")
    skipped = skipped_exercises(done.notebook, release)
    steps = steps_of(done, job.device, skipped)
    run_steps(steps, job)
    refuse_where_the_course_fails(steps)
    shown = steps
    if job.everything:
        shown = all_cells_of(done)
        run_steps(shown, job)
    cells = [_skip(cell) if task_of(cell) in skipped else _judge(cell, steps, job, done)
             for cell in done.notebook.cells if task_of(cell)]  # fmt: skip
    _tell_of_other_cells(steps, done)
    _store_outputs(done.notebook, shown)
    repairs, eye = _few(done.repairs), _few(done.eye)
    return _as_bytes(started, "graded", repairs=repairs, eye=eye, unanswered=done.unanswered,
                     not_found=done.not_found, cells=cells, notebook=notebook_text(done.notebook))  # fmt: skip


def _few(remarks):
    remarks = list(dict.fromkeys(remarks))
    rest = len(remarks) - MOST_REMARKS
    return [*remarks[:MOST_REMARKS], f"and {rest} more remarks"] if rest > 0 else remarks


def _as_bytes(started, status, **fields):
    return json.dumps(result_of(status, seconds=round(time.monotonic() - started, 2), **fields)).encode()


def result_of(status, **fields):
    """The result of a submission that was "graded" or "refused", empty but for the fields that are given.

    {"status", "reason", "repairs", "eye", "unanswered", "not_found": texts, "seconds", "cells": [{"grade_id", "score",
    "max_score", "criteria": [{"name", "score", "max_score", "message"}], "raised": texts}], "notebook": text or None}

    "raised" is what an answer raised, in full: it may hold hidden inputs, and is for the instructor alone.

    The points of an optional exercise are in its cell's "bonus" and "max_bonus", which no other cell has; its "score"
    and "max_score" are 0. One that was not written has no criteria.
    """
    empty = {"reason": "", "repairs": [], "eye": [], "unanswered": [], "not_found": [], "cells": [], "notebook": None}
    return {"status": status, "seconds": 0.0, **empty, **fields}


def task_of(cell):
    """The task whose points a cell counts; None where it is no automatic test."""
    if cell.cell_type != "code" or not utils.is_grade(cell) or utils.is_solution(cell):
        return None
    return cell.metadata.nbgrader.grade_id.removeprefix("test_")


def bonus_of(result):
    """The bonus points of a result, {grade id of a test cell: points}."""
    return {cell["grade_id"]: cell["bonus"] for cell in result["cells"] if "bonus" in cell}


# ---------------------------------------------------------------------------------------------------------------- steps


def skipped_exercises(notebook, release):
    """The optional exercises whose answers are as they were released."""
    released = {grade_id_of(cell): cell.source.strip() for cell in release.cells}
    return {grade_id_of(cell) for cell in notebook.cells if _is_optional(grade_id_of(cell))
            and cell.source.strip() == released.get(grade_id_of(cell))}  # fmt: skip


def _is_optional(task):
    return task in checks.CHECKS and checks.CHECKS[task].bonus


def steps_of(done, device, skipped=()):
    """What is to be run for the points: the cells tagged `setup`, the answers, and on each device the checks.

    Before an answer comes what it uses of other cells. Answers without a test are run too, as one that counts may use
    them. skipped: tasks that are not checked.
    """
    steps, devices = _steps_to_start(done), ["cpu", "cuda"] if device == "cuda" else ["cpu"]
    for cell in done.notebook.cells:
        if task := task_of(cell):
            if task not in checks.CHECKS:
                raise NotMarked(f"The test {grade_id_of(cell)} has no check in autograder/checks")
            if task not in skipped:
                steps += [_step_of_a_check(task, device) for device in devices]
        elif cell.cell_type == "code":
            steps += _steps_of_cell(cell, needed_only=True)
    return steps


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


def run_steps(steps, job):
    """Run all the steps. Where one kills its sandbox, or must be killed, the rest is run in another, without it.

    So is what comes after a check: nothing that is shown to the student knows the inputs of one. All together have the
    time of six cells, or with `everything` of as many as there are, and a minute to start.
    """
    end = time.monotonic() + job.seconds * (len(steps) if job.everything else 6) + START_SECONDS
    while left := [step for step in steps if step.line is None and not step.stopped]:
        seconds = end - time.monotonic()
        if seconds <= 0:
            for step in left:
                step.stopped = "came after the notebook's time was used up"
            return
        first = steps.index(left[0])
        again = [step for step in steps[:first] if step.needed and not step.stopped]
        _run_in_one_sandbox([*again, *_until_checked(steps[first:])], job, replace(sandbox.Limits(), seconds=seconds))


def _until_checked(steps):
    """The first of these steps, up to the last check of the task that is checked first."""
    checked = next((step.task for step in steps if step.task), None)
    last = max((number for number, step in enumerate(steps) if step.task == checked), default=0)
    return steps[: last + 1] if checked else steps


def refuse_where_the_course_fails(steps):
    """Raise CourseFault where a setup cell of ours fails before anything of the student's has run.

    Raises NotMarked where it did not come to its end, as on a machine without memory.
    """
    for step in steps:
        if not step.ours:
            return
        if step.needed and (step.ended or step.error):
            what = step.ended or f"failed: {step.error}"
            fault = NotMarked if step.ended or step.inputs is not None else CourseFault
            raise fault(clean_text(f"nobody can be marked by a course that does not run: {step.name} {what}")[:600])


def _run_in_one_sandbox(steps, job, limits):
    """Run steps until one ends the session; that one is marked as stopped."""
    for _ in range(ATTEMPTS):
        session = sandbox.run([_as_job(step, job) for step in steps], limits, gpu=job.device == "cuda", safe=job.safe,
                              helpers=job.helpers)  # fmt: skip
        if session.lines:
            break
    else:
        raise NotMarked(f"The sandbox did not start: {session.complaint or session.ended or 'it said nothing'}")
    lines = session.lines[1:]
    for step, line in zip(steps, lines):
        step.line = line
    if len(lines) >= len(steps):
        return
    if lines and lines[-1]["stopped"]:
        steps[len(lines) - 1].stopped = lines[-1]["ended"] or "ended its own process"
    else:
        steps[len(lines)].stopped = session.ended or "ended its own process"


def _as_job(step, job):
    inputs = crossing.pack(checks.prepare(step.task, job.seed)[0]) if step.task else step.inputs
    inputs = None if inputs is None else base64.b64encode(inputs).decode()
    seconds = max(job.seconds, START_SECONDS) if step.ours and step.needed else job.seconds
    return {"source": step.source, "seconds": seconds, "inputs": inputs}


# -------------------------------------------------------------------------------------------------------------- judging


def _judge(cell, steps, job, done):
    """Judge the task of a test cell, put the points into its outputs as nbgrader wants them, and return them."""
    task = task_of(cell)
    own = [step for step in steps if step.task == task]
    verdicts = [replace(verdict, message=clean_text(verdict.message)[:LONGEST_MESSAGE])
                for verdict in _verdicts(task, own, steps, job, done)]  # fmt: skip
    verdicts = _explain_losses(task, verdicts, steps, done)
    score = float(sum(verdict.score for verdict in verdicts))
    cell.outputs = [new_output("stream", name="stdout", text=checks.report(task, verdicts) + "\n")]
    raised = done.raised.get(task, [])
    if _is_optional(task):
        return _result_of_cell(cell, verdicts, raised, bonus=score)
    cell.outputs.append(new_output("execute_result", {"text/plain": repr(score)}, execution_count=1))
    return _result_of_cell(cell, verdicts, raised, score)


def _skip(cell):
    """Say in the test cell of an optional exercise that it was not written."""
    cell.outputs = [new_output("stream", name="stdout", text=UNWRITTEN + "\n")]
    return _result_of_cell(cell, [], [], bonus=0.0)


def _result_of_cell(cell, verdicts, raised, score=0.0, bonus=None):
    result = {"grade_id": grade_id_of(cell), "score": score, "max_score": float(cell.metadata.nbgrader.points)}
    if bonus is not None:
        result |= {"bonus": bonus, "max_bonus": checks.CHECKS[task_of(cell)].max_score}
    return result | {"criteria": [vars(verdict) for verdict in verdicts], "raised": raised}


def _verdicts(task, own, steps, job, done):
    if reason := _why_nothing_came(task, own, steps, done):
        return checks.without_points(task, reason)
    try:
        results = {step.device: crossing.unpack(base64.b64decode(step.results)) for step in own}
        done.raised[task] = [clean_text(text)[:LONGEST_MESSAGE] for text in texts_raised_in(results)]
        results = {device: results_without_data(result, sources_of(done)) for device, result in results.items()}
        return checks.judge_results(task, results, seed=job.seed)
    except Exception as error:  # of a judge, at results that no task gives
        done.eye.append(f"{task}: what came back is no result ({type(error).__name__})")
        return checks.without_points(task, "What came back could not be judged.")


def sources_of(done):
    """The texts of all that the student has written, and of the cells that were released."""
    return [cell.source for cell in [*done.notebook.cells, *done.code]]


def _why_nothing_came(task, own, steps, done):
    """Why there are no results of a task, in words for the student; "" where there are."""
    answer = next((step for step in steps if step.name == task), None)
    for step in [answer, *own]:
        if step and step.ended:
            what = "The answer cell" if step is answer else "Your code"
            done.eye.append(f"{task}: the code {clean_text(step.ended)}")
            # An answer whose checks came to their end was stopped only when it was run again, for those of another.
            if (step.stopped and step is not answer) or not all(each.results for each in own):
                return f"{what} {step.ended}."
    if all(step.results for step in own):
        return ""
    if error := _error_of_an_answer(task, answer):
        return f"The answer cell raised {error}"[:1000]
    failed = next((step.error for step in own if step.error), "")
    if failed:
        failed = without_data(failed, sources_of(done))
        done.eye.append(clean_text(f"{task}: the check failed: {failed}")[:300])
        return f"The check came to no end: {failed}"[:1000]
    return f"Nothing named {task} is defined: keep the name that the answer cell had."


def _error_of_an_answer(task, answer):
    """What kept the answer from being defined, as far as is known: the error of its own statement, else the first."""
    failed = read_report(answer.results).failed if answer else []
    own = [failure for failure in failed if task in failure.binds]
    return next((failure.error for failure in own + failed), answer.error if answer else "")


# --------------------------------------------------------------------------------------------- what other cells gave


def _tell_of_other_cells(steps, done):
    """Say which cells an answer was run with, and which lines of it were passed over."""
    by_name = {step.name: step for step in steps}
    for task in dict.fromkeys(step.task for step in steps if step.task in by_name):
        surroundings, report = by_name[SURROUNDINGS.format(task)], read_report(by_name[task].results)
        if taken := read_report(surroundings.results).taken:
            done.repairs.append(f"{task}: it was run with what it uses of {', '.join(taken)}")
        done.repairs += [f"{task}: {failure}" for failure in report.failed]
        if surroundings.ended:
            done.eye.append(f"{task}: what it uses of other cells {clean_text(surroundings.ended)}")


def _explain_losses(task, verdicts, steps, done):
    """Where an answer lacks a name, say which cell has it, to the student and to a person; and which lines it lost."""
    lost = [verdict.message for verdict in verdicts if verdict.score < verdict.max_score]
    reports = [read_report(step.results) for step in steps if step.name in (task, SURROUNDINGS.format(task))]
    names = dict.fromkeys(name for message in lost for name in MISSING.findall(message))
    sentences = {name: where_is(name, reports, done.code) for name in [*names][:MOST_NAMES]}
    done.eye += [f"{task}: {name} is not defined. {sentence}" for name, sentence in sentences.items()]
    passed_over = [line for report in reports for line in report.passed_over]
    if lost and passed_over:
        lines = "; ".join(passed_over)[:200]
        done.eye.append(f"{task}: points are lost, and lines that are no Python were left out: {lines}")
    return [replace(verdict, message=_with_sentences(verdict.message, sentences)) for verdict in verdicts]


def _with_sentences(message, sentences):
    extra = [sentences[name] for name in MISSING.findall(message) if name in sentences]
    return "\n".join([message, *dict.fromkeys(extra)])


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
            cell.outputs = harmless_outputs((step.line or {}).get("outputs"), MOST_OUTPUT)
            if step.ended:
                text = clean_text(f"(The cell {step.ended} and was stopped.)\n")
                cell.outputs.append(new_output("stream", name="stderr", text=text))
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
