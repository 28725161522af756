"""What a task's answer is worth: the arrays that came back are judged here, outside the student's process."""

import base64
from dataclasses import replace

import msgspec
from nbformat.v4 import new_output

from autograder import checks
from autograder.marking import own_tests
from autograder.marking.other_cells import explain_losses, read_report
from autograder.marking.raised import results_without_data, texts_raised_in, without_data
from autograder.marking.result import CRITERIA, UNWRITTEN, CriterionResult, TaskResult
from autograder.notebook_files import grade_id_of, task_of
from autograder.outputs import clean_text
from autograder.sandbox.inside import crossing
from losssurf_lab.verdicts import report

LONGEST_MESSAGE = 3000  # characters of a diagnosis


def unwritten(cell):
    """The `TaskResult` of an optional exercise that was not written; its test cell says so."""
    cell.outputs = [new_output("stream", name="stdout", text=UNWRITTEN + "\n")]
    return _result_of(cell, [], [])


class Judge:
    """Judges what the steps of one submission, a `Sanitised`, gave; `eye`: what a person should look at."""

    def __init__(self, steps, seed, done, own_tests):
        self.own_tests = own_tests
        self.steps, self.seed, self.code, self.eye = steps, seed, done.code, []
        self.sources = [cell.source for cell in [*done.notebook.cells, *done.code]]  # all that the student has written

    def judge(self, cell):
        """The `TaskResult` of a test cell, into whose outputs the points are put as nbgrader wants them."""
        task, grade_id = task_of(cell), grade_id_of(cell)
        own = [step for step in self.steps if step.task == task]
        if grade_id in self.own_tests:
            verdicts, raised = self._verdict_of_own_test(cell, *own)
        elif task in checks.CHECKS:
            verdicts, raised = self._verdicts(task, own)
            verdicts = _as_many_points(verdicts, cell)
        else:
            return self._ungraded(cell)
        verdicts = [replace(verdict, message=clean_text(verdict.message)[:LONGEST_MESSAGE]) for verdict in verdicts]
        verdicts, remarks = explain_losses(task, verdicts, self.steps, self.code)
        self.eye += remarks
        result = _result_of(cell, verdicts, raised)
        text = checks.report(task, verdicts) if task in checks.CHECKS else report(verdicts)
        cell.outputs = [new_output("stream", name="stdout", text=text + "\n")]
        if not result.is_optional:
            cell.outputs.append(new_output("execute_result", {"text/plain": repr(result.score)}, execution_count=1))
        cell.metadata[CRITERIA] = msgspec.to_builtins(result.criteria)  # for feedback, which has the notebook alone
        return result

    def _verdict_of_own_test(self, cell, step):
        source, points = self.own_tests[grade_id_of(cell)], float(cell.metadata.nbgrader.points)
        verdict, raised = own_tests.verdict_on(step, source, points, self.sources)
        if step.ended:
            self.eye.append(f"{grade_id_of(cell)}: the code {clean_text(step.ended)}")
        return [verdict], [raised] if raised else []

    def _ungraded(self, cell):
        """The `TaskResult` of a test that cannot be run: it has no score until a person gives one."""
        why = f"{grade_id_of(cell)} cannot be graded automatically"
        self.eye.append(f"{why}: give it points by hand; `build --check` says what is wrong with it")
        cell.outputs = [new_output("error", ename="NotGraded", evalue=f"{why}.", traceback=[f"{why}."])]
        points = float(cell.metadata.nbgrader.points)
        return TaskResult(grade_id=grade_id_of(cell), max_score=points, ungraded=why)

    def _verdicts(self, task, own):
        """The verdicts on a task, and in full what its answer raised in hidden calls."""
        if reason := self._why_nothing_came(task, own):
            return checks.without_points(task, reason), []
        raised = []
        try:
            results = {step.device: crossing.unpack(base64.b64decode(step.results)) for step in own}
            raised = [clean_text(text)[:LONGEST_MESSAGE] for text in texts_raised_in(results)]
            results = {device: results_without_data(result, self.sources) for device, result in results.items()}
            return checks.judge_results(task, results, seed=self.seed), raised
        except Exception as error:  # of a judge, at results that no task gives
            self.eye.append(f"{task}: what came back is no result ({type(error).__name__})")
            return checks.without_points(task, "What came back could not be judged."), raised

    def _why_nothing_came(self, task, own):
        """Why there are no results of a task, in words for the student; "" where there are."""
        answer = next((step for step in self.steps if step.name == task), None)
        for step in [answer, *own]:
            if step and step.ended:
                what = "The answer cell" if step is answer else "Your code"
                self.eye.append(f"{task}: the code {clean_text(step.ended)}")
                # An answer whose checks came to their end was stopped only when it was run again, for those of another.
                if (step.stopped and step is not answer) or not all(each.results for each in own):
                    return f"{what} {step.ended}."
        if all(step.results for step in own):
            return ""
        if error := _error_of_an_answer(task, answer):
            return f"The answer cell raised {error}"[:1000]
        failed = next((step.error for step in own if step.error), "")
        if failed:
            failed = without_data(failed, self.sources)
            self.eye.append(clean_text(f"{task}: the check failed: {failed}")[:300])
            return f"The check came to no end: {failed}"[:1000]
        return f"Nothing named {task} is defined: keep the name that the answer cell had."


def _as_many_points(verdicts, cell):
    """The verdicts in points of the cell, to which an instructor may give more or fewer than the criteria have."""
    points, whole = float(cell.metadata.nbgrader.points), float(sum(verdict.max_score for verdict in verdicts))
    if checks.CHECKS[task_of(cell)].bonus or points == whole:
        return verdicts
    share = points / whole
    return [replace(each, score=each.score * share, max_score=each.max_score * share) for each in verdicts]


def _error_of_an_answer(task, answer):
    """What kept the answer from being defined, as far as is known: the error of its own statement, else the first."""
    failed = read_report(answer.results).failed if answer else []
    own = [failure for failure in failed if task in failure.binds]
    return next((failure.error for failure in own + failed), answer.error if answer else "")


def _result_of(cell, verdicts, raised):
    """The `TaskResult` of a test cell: its points are the verdicts' together."""
    check, max_score = checks.CHECKS.get(task_of(cell)), float(cell.metadata.nbgrader.points)
    points = float(sum(verdict.score for verdict in verdicts))
    given = {"bonus": points, "max_bonus": check.max_score} if check and check.bonus else {"score": points}
    criteria = msgspec.convert(verdicts, list[CriterionResult], from_attributes=True)
    given |= {"criteria": criteria, "raised": raised, "is_own": check is None}
    return TaskResult(grade_id=grade_id_of(cell), max_score=max_score, **given)
