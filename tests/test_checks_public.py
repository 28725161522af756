"""The students' half: the same judgement on public inputs, pictures, and no solution in it."""

import ast
import contextlib
import importlib
import io
import subprocess
import sys

import matplotlib
import pytest
import torch
from matplotlib import pyplot as plt
from test_submissions import CORPUS, FULL_MARKS, execute, judge

from autograder.course import leaks
from autograder.layout import REPO, SOLUTIONS
from autograder.notebook_files import read_notebook
from losssurf_lab import checks as public
from losssurf_lab.pictures import showing


def room_of(task):
    """The public part of a task."""
    return importlib.import_module(f"losssurf_lab.tasks.{task}.public")


PACKAGE = REPO / "losssurf_lab"
PARTS = [*PACKAGE.glob("on_paths/*.py"), *PACKAGE.glob("tasks/*/*.py")]
GROUND = [PACKAGE / f"{name}.py" for name in ("calling", "checks", "comparing", "differences", "networks", "verdicts")]
MODULES = sorted([*GROUND, *(path for path in PARTS if path.name != "__init__.py")])
DRAWING = [task for task in FULL_MARKS if hasattr(room_of(task), "draw")]
SAMPLE = [s for task in FULL_MARKS
          for kind in (True, False)
          for s in [s for s in CORPUS if s.task == task and s.is_right == kind][:: 4 if kind else 6]]  # fmt: skip


@pytest.fixture(autouse=True)
def no_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("submission", SAMPLE, ids=lambda submission: submission.name)
def test_the_students_check_says_what_the_hidden_one_says(submission, capsys):
    answer = execute(submission.source, submission.task, "<answer>")
    if answer is None:
        pytest.skip("nothing of that name: the call itself fails")
    assert getattr(public, f"check_{submission.task}")(answer) is None
    text = capsys.readouterr().out
    low, high = submission.points
    assert low <= float(text.splitlines()[-1].split()[0]) <= high, text
    assert all(any(word in text.lower() for word in words) for words in submission.diagnosis), text


@pytest.fixture(scope="module")
def public_score():
    """The points that the students' check gives an answer; its references are made once, and nothing is drawn."""
    references = {}

    def score(submission):
        task, room = submission.task, room_of(submission.task)
        if task not in references:
            references[task] = room.make_reference(room.make_inputs())
        with contextlib.redirect_stdout(io.StringIO()) as said, pytest.MonkeyPatch.context() as patch:
            patch.setattr(room, "make_reference", lambda inputs: references[task])
            patch.delattr(room, "draw", raising=False)
            public.check(task, execute(submission.source, task, f"<answer {submission.name}>"))
        return float(said.getvalue().splitlines()[-1].split()[0])

    return score


@pytest.mark.long
@pytest.mark.parametrize("every", [12, pytest.param(1, marks=pytest.mark.night)])
@pytest.mark.parametrize("task", FULL_MARKS)
def test_what_has_all_points_in_the_students_check_has_them_when_graded_and_the_reverse(public_score, task, every):
    answers = [submission for submission in CORPUS if submission.task == task][::every]
    differ = [
        submission.name
        for submission in answers
        if (public_score(submission) == FULL_MARKS[task]) != (judge(submission, 0).score == FULL_MARKS[task])
    ]
    assert differ == []


@pytest.mark.parametrize("task", DRAWING)
@pytest.mark.parametrize("answer", [None, lambda *args, **options: 1 / 0])
def test_a_picture_is_drawn_even_of_an_answer_that_fails(task, answer, capsys):
    public.check(task, answer)
    assert len(plt.get_fignums()) == 1


@pytest.fixture
def shown(monkeypatch):
    """What a notebook is given to show: (bundle, metadata)."""
    found = []
    monkeypatch.setattr(showing, "in_notebook", lambda: True)
    monkeypatch.setattr(showing, "_display", lambda bundle, metadata: found.append((bundle, metadata)))
    return found


@pytest.mark.parametrize("task", DRAWING)
def test_a_picture_is_told_in_words_which_stand_in_the_solution_too(task, shown):
    cells = [cell for path in SOLUTIONS.glob("*.ipynb") for cell in read_notebook(path).cells]
    (answer,) = (cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade_id") == task)
    (check,) = (cell for cell in cells if f"checks.check_{task}(" in cell.source)
    public.check(task, execute(answer.source, task, "<answer>"))
    ((bundle, metadata),) = shown
    assert metadata["image/png"]["alt"] == bundle["text/plain"] and "yours" in bundle["text/plain"]
    kept = check.outputs[-1]
    assert kept.data["text/plain"] == bundle["text/plain"] == kept.metadata["image/png"]["alt"]
    public.check(task, None)
    assert shown[1][0]["text/plain"] != bundle["text/plain"]


def test_a_picture_shows_where_the_path_of_the_student_goes(capsys):
    straight = next(s for s in CORPUS if s.name == "Polychain/straight_line")
    public.check_Polychain(execute(straight.source, "Polychain", "<answer>"))
    x, y = plt.gcf().axes[0].collections[0].get_offsets().data.T
    (x0, y0), (x1, y1) = room_of("Polychain").TWO_WEIGHTS["w0"], room_of("Polychain").TWO_WEIGHTS["w1"]
    assert len(x) == len(room_of("Polychain").PLACED)
    assert torch.allclose(torch.tensor(y), torch.tensor(y0 + (x - x0) / (x1 - x0) * (y1 - y0)), atol=1e-5)


def test_a_check_neither_switches_the_backend_nor_draws_random_numbers(capsys):
    backend, state = matplotlib.get_backend(), torch.get_rng_state()
    for task in FULL_MARKS:
        getattr(public, f"check_{task}")(None)
    assert matplotlib.get_backend() == backend and torch.equal(torch.get_rng_state(), state)


def test_matplotlib_is_imported_only_to_draw():
    script = "import sys, losssurf_lab.checks; assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], cwd=REPO, check=True)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_no_line_of_a_solution_stands_in_what_students_get(module):
    text = module.read_text()
    anatomies = [leaks.dissect(read_notebook(path), path) for path in SOLUTIONS.glob("*.ipynb")]
    assert leaks.find_leaks(text, anatomies, known="\n".join(anatomy.public for anatomy in anatomies)) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_students_get_no_means_of_differentiating_twice_or_of_decomposing(module):
    telltale = {"grad", "hvp", "vhp", "jvp", "vjp", "hessian", "jacrev", "jacfwd", "svd", "eigh", "eig", "PCA"}
    telltale |= {"interp", "lerp", "qr", "cov"}
    called = {node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
              for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Call)}  # fmt: skip
    assert not called & telltale
