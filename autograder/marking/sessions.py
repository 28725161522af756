"""The steps of a submission run, in as many sandboxes as that takes."""

import base64
import time
from dataclasses import replace

from autograder import checks
from autograder.errors import CourseFault, NotMarked
from autograder.outputs import clean_text
from autograder.sandbox import running as sandbox
from autograder.sandbox.inside import crossing

ATTEMPTS = 2  # to start a sandbox
START_SECONDS = 60  # that the course's own setup cells may take at least, whatever students' cells may


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
        if session.is_ready:
            break
    else:
        raise NotMarked(f"The sandbox did not start: {session.complaint or session.ended or 'it said nothing'}")
    lines = session.lines
    for step, line in zip(steps, lines, strict=False):
        step.line = line
    if len(lines) >= len(steps):
        return
    if lines and lines[-1].stopped:
        steps[len(lines) - 1].stopped = lines[-1].ended or "ended its own process"
    else:
        steps[len(lines)].stopped = session.ended or "ended its own process"


def _as_job(step, job):
    inputs = step.inputs
    if step.task and inputs is None:
        inputs = crossing.pack(checks.prepare(step.task, job.seed)[0])
    inputs = None if inputs is None else base64.b64encode(inputs).decode()
    seconds = max(job.seconds, START_SECONDS) if step.ours and step.needed else job.seconds
    return {"source": step.source, "seconds": seconds, "inputs": inputs}
