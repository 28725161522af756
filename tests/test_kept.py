"""What a course keeps of its results is read again, also where an earlier version wrote it."""

import json

import pytest

from autograder.collecting.submissions import Submission
from autograder.grading.kept import Kept, results
from autograder.grading.report import as_html
from autograder.grading.summary import Entry, summarise
from autograder.marking.result import CriterionResult, Result, TaskResult

CELL = {"grade_id": "test_curve", "score": 1.0, "max_score": 2, "raised": [],
        "criteria": [{"name": "a line", "score": 1.0, "max_score": 2.0, "message": "It is bent."}]}  # fmt: skip
OPTIONAL = {"grade_id": "test_walk", "score": 0.0, "max_score": 0.0, "bonus": 0.5, "max_bonus": 2.0, "criteria": []}
OLD = {"status": "graded", "seconds": 3.25, "reason": "", "repairs": [], "eye": ["it hung"], "unanswered": ["why"],
       "not_found": [], "cells": [CELL, OPTIONAL], "notebook": "{}"}  # fmt: skip


@pytest.fixture
def kept(tmp_path):
    """Of a course with one graded submission."""
    kept = Kept(tmp_path)
    (tmp_path / ".grading").mkdir()
    kept.keep("key", json.dumps(OLD).encode())
    submission = Submission("ada", "curves", tmp_path / "a.ipynb", repairs=["renamed"], eye=["late"])
    kept.note(submission, "key", "due in May", {"test_curve": 2.0})
    return kept


def test_a_result_of_the_form_before_is_read_as_what_it_says(kept, tmp_path):
    ((student, assignment, result),) = results(tmp_path)
    assert (student, assignment) == ("ada", "curves")
    assert (result.status, result.seconds, result.unanswered, result.notebook) == ("graded", 3.25, ["why"], "{}")
    assert (result.repairs, result.eye, result.bonus) == (["renamed"], ["late", "it hung"], {"test_walk": 0.5})
    criterion = CriterionResult("a line", 1.0, 2.0, "It is bent.", waits=False)
    assert result.cells[0] == TaskResult(grade_id="test_curve", score=1.0, max_score=2, criteria=[criterion])
    assert "It is bent." in as_html(summarise([Entry(student, assignment, result)]))


def test_a_result_is_read_as_it_was_kept(kept):
    result = kept.result("key")
    kept.keep("again", result.pack())
    assert kept.result("again") == result
    cell = json.loads(result.pack())["cells"][1]
    assert cell == OPTIONAL | {"raised": [], "is_own": False, "ungraded": ""}, "only optional exercises have a bonus"
    assert "bonus" not in json.loads(result.pack())["cells"][0]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"{}", b'{"status": "graded", "cells": [{}]}', b'{"status": 1}'])
def test_what_is_no_result_is_none_and_marked_again(kept, tmp_path, damage):
    kept.keep("key", damage)
    assert kept.result("key") is None and results(tmp_path) == []


def test_what_was_entered_last_is_known(kept, tmp_path):
    assert kept.entered(Submission("ada", "curves", tmp_path)) == ("key", "due in May", {"test_curve": 2.0})
    assert kept.entered(Submission("bob", "curves", tmp_path)) is None


def test_a_note_of_an_earlier_version_knows_the_key_alone(kept, tmp_path):
    (tmp_path / ".grading" / "entered" / "ada" / "curves").write_text('key\n{"repairs": [], "eye": []}')
    assert kept.entered(Submission("ada", "curves", tmp_path)) == ("key", "", {})


def test_a_refused_result_has_its_reason_and_no_notebook():
    result = Result.unpack(Result(status="refused", reason="The file is empty.").pack())
    assert (result.reason, result.notebook, result.cells, result.bonus) == ("The file is empty.", None, [], {})
