"""Right answers handed in as people work: helpers, imports and constants in other cells, leftover lines, magics.

The cells run here as they do in the sandbox's kernel (`autograder/sandbox/inside`), many notebooks in one
process; some go the whole way through the sandbox.
"""

import ast
import base64
import contextlib
import importlib
import io
import json
import re
import shutil
import sys

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell
from sample_class import IMPORTS, OPTIONAL, TASKS
from sample_notebook import cell_named
from test_submissions import CORPUS, FULL_MARKS

from autograder import checks
from autograder.course.release import student_version
from autograder.layout import SOLUTIONS
from autograder.marking.other_cells import read_report, where_is
from autograder.marking.steps import as_inputs
from autograder.reading.own_cells import OwnCell
from autograder.reading.sanitise import sanitise
from autograder.sandbox import shown

pytestmark = pytest.mark.long

SEED = 5
NOTEBOOK_OF = {task: name for tasks in (TASKS, OPTIONAL) for name, task in tasks.items()}


# ------------------------------------------------------------------------------------------------------ the notebooks


@pytest.fixture(scope="module")
def releases():
    return {name: student_version(SOLUTIONS / f"{name}.ipynb") for name in TASKS}


class Work:
    """A student's notebook, the released one with a task that is to be written."""

    def __init__(self, release, task):
        self.task, self.notebook = task, nbformat.reads(nbformat.writes(release), as_version=4)
        self.answer, self.test = (cell_named(self.notebook, name) for name in (task, f"test_{task}"))

    def put(self, source, place):
        """A cell of the student's own: "far" above, "above" and "below" the answer, below its "test", at the "end"."""
        setup, answer, test = map(self.place_of, (self.setup, self.answer, self.test))
        at = {"far": setup + 1, "above": answer, "below": answer + 1, "test": test + 1, "end": len(self.notebook.cells)}
        self.notebook.cells.insert(at[place], new_code_cell(source))

    def place_of(self, cell):
        return next(place for place, each in enumerate(self.notebook.cells) if each is cell)

    @property
    def setup(self):
        """The cell of imports: the last that the grader runs as it was released, whatever becomes of it."""
        return [cell for cell in self.notebook.cells if "setup" in cell.metadata.get("tags", [])][-1]

    def as_bytes(self):
        return nbformat.writes(self.notebook).encode()


def right_answer(task, number, fits=lambda source: True):
    """The source of one of the corpus' right answers to a task, in turn, without its header."""
    right = [each.source for each in CORPUS if each.task == task and each.is_right and fits(each.source)]
    source = right[number % len(right)]
    return "\n".join(source.splitlines()[ast.parse(source).body[0].end_lineno :]).strip()


# ---------------------------------------------------------------------------------------------------------- the habits


CLASSES = ("Polychain", "Bezier")
METHODS = ("gen_index", "process_weights_item")
PLACES = ("far", "above", "below", "test", "end")


def helper_in_a_cell(place, number):
    """The answer itself is the helper: the answer cell only calls it, as with "one function a cell"."""

    def habit(work):
        if work.task in CLASSES:
            work.answer.source = IMPORTS + right_answer(work.task, number, has_its_methods_to_itself)
        work.put(work.answer.source.replace(work.task, "second"), place)
        work.answer.source = calling("second", work.task)

    return habit


def has_its_methods_to_itself(source):
    """Whether a class's two methods use nothing else of it, so that another class can call them."""
    return all(f"def {name}" in source for name in METHODS) and source.count("def ") == 2 and "super()" not in source


def calling(helper, task):
    """The source of an answer that only calls another function, or the methods of another class."""
    if task not in CLASSES:
        return f"def {task}(*given):\n    return {helper}(*given)"
    methods = [f"    def {name}(self, *given):\n        return {helper}.{name}(self, *given)" for name in METHODS]
    return "\n".join([f"class {task}(utils.Base):", *methods])


def imports_in_the_import_cell(work):
    work.setup.source += f"\n{IMPORTS}import math as mathematics"
    work.answer.source = guarded(work, "mathematics.pi > 3 and Segment and nn")


def import_in_a_cell_of_its_own(work):
    work.put("from math import *\nimport collections.abc", "above")
    work.answer.source = guarded(work, "pi > 3 and collections.abc.Sized")


def constant_in_another_cell(work):
    work.put("ALWAYS = 0", "far")
    work.put("ALWAYS += 1", "above")
    work.put("ALWAYS = 0", "end")
    work.answer.source = guarded(work, "ALWAYS")


def guarded(work, condition):
    """The answer, which fails when it is called unless a condition holds."""
    lines = work.answer.source.splitlines()
    found = [number for number, line in enumerate(lines) if line.strip().startswith("def ")]
    number = next(number for number in found if work.task in lines[number] or "process_weights_item" in lines[number])
    while not lines[number].rstrip().endswith(":"):
        number += 1
    indent = " " * (4 + len(lines[number]) - len(lines[number].lstrip()))
    return "\n".join([*lines[: number + 1], f"{indent}assert {condition}", *lines[number + 1 :]])


def leftover_line_with_a_loader(work):
    work.answer.source = f"images, labels = next(iter(train_loader))\nprint(images.shape)\n{work.answer.source}"


def leftover_lines_that_fail(work):
    work.answer.source = f"plt.plot(losses_of_yesterday)\n{work.answer.source}\n\n{work.task}(1, 2, 3, 4, 5, 6, 7, 8)"


def magics(work):
    lines = "%matplotlib inline\n%load_ext autoreload\n!pip install numpy\n%cd /content\nx = 1\nx?\n"
    work.answer.source = f"%%time\n\n{lines}{work.answer.source}"


def lines_of_colab_and_kaggle(work):
    work.put("from google.colab import drive\ndrive.mount('/content/drive')\nfrom kaggle_secrets import *", "above")
    lines = ["from google.colab import drive, files, output, userdata", "drive.mount('/content/drive')",
             "files.upload()", "files.download('x')", "for name in files.upload(): print(name)",
             "from kaggle_secrets import UserSecretsClient", "token = UserSecretsClient().get_secret('x')",
             "from tqdm.notebook import tqdm", "assert list(tqdm(range(3))) == [0, 1, 2]"]  # fmt: skip
    work.answer.source = "\n".join([*lines, guarded(work, "drive is not None and tqdm")])


def decorator_below(work):
    work.answer.source = re.sub(
        rf"^(class|def) {work.task}", r"@counted\n\g<0>", work.answer.source, flags=re.MULTILINE
    )
    work.put("count = 0\ndef counted(thing):\n    global count\n    count += 1\n    return tools.reduce(max, [thing])\n"
             "import functools as tools", "test")  # fmt: skip


def registry(work):
    work.put("TOOLS = {}\ndef register(f):\n    TOOLS[f.__name__] = f\n    return f", "far")
    work.put("@register\ndef second():\n    return 2\nTOOLS['third'] = 3", "above")
    work.answer.source = guarded(work, "TOOLS['second']() < TOOLS['third']")


def put_together_afterwards(work):
    """The answer cell is a sketch; the student's next cell gives the name its value."""
    work.put(work.answer.source.replace(work.task, "Better") + f"\n{work.task} = Better", "below")
    work.answer.source = f"{work.task} = None"


def names_of_ours_for_other_things(work):
    work.put("code = checks = [1, 2, 3]\ndef second():\n    return code[0] == 1", "far")
    work.answer.source = guarded(work, "second()")


HABITS = {
    **{f"helper {place}": helper_in_a_cell(place, number) for number, place in enumerate(PLACES)},
    **{habit.__name__.replace("_", " "): habit for habit in (
        imports_in_the_import_cell, import_in_a_cell_of_its_own, constant_in_another_cell, leftover_line_with_a_loader,
        leftover_lines_that_fail, magics, lines_of_colab_and_kaggle, decorator_below, registry, put_together_afterwards,
        names_of_ours_for_other_things,
    )},
}  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ the runs


class KernelHere:
    """What the sandbox's kernel does with the cells of a notebook, done in this process."""

    def __init__(self, folder):
        self.folder, self.shell = folder, InteractiveShell.instance()

    def verdicts(self, work, release):
        """The verdicts on the answer, and what was told of it: the reports on other cells, and on the answer's own."""
        done = sanitise(work.as_bytes(), release)
        (self.folder / "inputs").write_bytes(as_inputs(done.notebook, done.code))
        self.shell.reset(new_session=False)
        sys.modules.pop("run_cells", None)
        run_cells, reports = importlib.import_module("run_cells"), []
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            run_cells.read(self.folder)
            run_cells.run_released(work.setup.id)
            for step in (run_cells.prepare, run_cells.run_answer):
                step(work.task, self.folder)
                reports.append(json.loads((self.folder / "results").read_text()))
        return checks.run(work.task, self.shell.user_ns.get(work.task), seed=SEED), reports


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kernel")
    for name, file in shown.files_inside().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder / name)
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setattr(sys, "meta_path", [*sys.meta_path])
        patch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # the shell puts a module of its own there
        yield KernelHere(folder)
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
                del sys.modules[name]
        InteractiveShell.clear_instance()


def score(verdicts):
    return sum(verdict.score for verdict in verdicts)


COMBINATIONS = [(task, number, habit) for task in FULL_MARKS for number, habit in enumerate(HABITS)]


@pytest.mark.parametrize("task, number, habit", [
    pytest.param(*each, marks=[] if place % 5 == 0 else pytest.mark.night) for place, each in enumerate(COMBINATIONS)
])  # fmt: skip
def test_a_right_answer_keeps_its_points_through_a_habit(kernel, releases, task, number, habit):
    release = releases[NOTEBOOK_OF[task]]
    work = Work(release, task)
    work.answer.source = IMPORTS + right_answer(task, number)
    HABITS[habit](work)
    verdicts, reports = kernel.verdicts(work, release)
    assert score(verdicts) == FULL_MARKS[task], (work.answer.source, verdicts[0].message, reports)


# ----------------------------------------------------------------------------------------------- what the sandbox tells


def told(report):
    return base64.b64encode(json.dumps(report).encode()).decode()


@pytest.mark.parametrize(
    "report", [
        [], "text", {"failed": 1}, {"failed": [[1, 2]]}, {"failed": [["cell 1", float("inf"), "x", "y", []]]},
        {"failed": [["cell 1", "1" * 5000, "x", "y", []]]}, {"taken": {}}, {"unread": [[[], {}]]},
    ]
)  # fmt: skip
def test_a_forged_report_tells_nothing(report):
    read = read_report(told(report))
    assert not read.failed and not read.taken and set(read.unread) <= {""}
    assert not read_report("no base64").failed


def test_where_a_name_is_missing_the_reason_is_followed_and_no_forged_one_leads_to_thousands():
    chain = [["cell 1", 1, "a = b", "NameError: name 'b' is not defined", ["a"]],
             ["cell 1", 2, "b = c", "ValueError: no", ["b"]]]  # fmt: skip
    sentence = where_is("a", [read_report(told({"failed": chain}))], [OwnCell("cell 1", "a = b\nb = c")])
    assert sentence.startswith("a is made in cell 1") and sentence.endswith("line 2: ValueError: no.")
    names = "".join(f"NameError: name 'x{number}' is not defined " for number in range(8))
    forged = [["cell 1", 1, "x", names, [f"x{number}"]] for number in range(8)]
    assert len(where_is("x0", [read_report(told({"failed": forged}))], [])) < 2000
