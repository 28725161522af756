"""The checks catch what a change of a right answer breaks."""

import mutation
import pytest

NEEDED_SHARE = 0.95


pytestmark = pytest.mark.long


@pytest.fixture(scope="module", params=[8, pytest.param(1, marks=pytest.mark.night)], ids=["an eighth", "all"])
def results(request):
    """What became of the mutants, or of every eighth."""
    return mutation.campaign(every=request.param)


@pytest.mark.parametrize("task", mutation.FULL_MARKS)
def test_nearly_all_mutants_of_a_right_answer_lose_points(results, task):
    row = mutation.shares(results)[task]
    missed = [m.change for m in mutation.survivors(results) if m.reference.task == task]
    assert mutation.share_caught(row) >= NEEDED_SHARE, missed


def test_each_survivor_is_explained(results):
    assert [m.change for m in mutation.survivors(results) if m.change not in mutation.UNSEEN] == []


def test_an_answer_that_does_not_end_is_caught(monkeypatch):
    monkeypatch.setattr(mutation, "SECONDS_PER_MUTANT", 0.5)
    assert mutation.is_caught("principal_directions", "def principal_directions(ws):\n    while True:\n        pass")
