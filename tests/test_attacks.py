"""A class of attackers and a few honest students, graded for real: nobody gains a point, sees a secret or does harm.

`python tests/test_attacks.py` prints the table of attacks: what each tries, its points, and what the grader said.
"""

import ast
import contextlib
import ctypes
import functools
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
import zipfile
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from rich.console import Console
from rich.table import Table
from sample_class import TASKS
from sample_notebook import cell_named, nbgrader

from autograder.course.staging import SEED, init
from autograder.grading.kept import results
from autograder.layout import NOTEBOOKS, REPO, SOLUTIONS, helper_files

pytestmark = [
    pytest.mark.usefixtures("sandbox_here"),
    pytest.mark.skipif(not SOLUTIONS.is_dir(), reason="a copy of the package without solutions/"),
]

ATTACKS = Path(__file__).parent / "attacks"
SUBMISSIONS = Path(__file__).parent / "submissions"
WRONG_ANSWER = """def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p, v in zip(params, vec):
        p.grad = v.clone()"""
STAIN, WORKED = "attacked-by-student*", "the attack worked"
PLACES = ("/", "/tmp", "/var/tmp", "/dev/shm", "/opt", "/usr", "/etc", "/run", str(Path.home()), str(REPO), ".", "..")
TIMEOUT = 8  # seconds for a cell; an honest one takes two
NUMBER = 148  # of attacks


# ----------------------------------------------------------------------------------------------------------- the corpus


@dataclass(frozen=True)
class Attack:
    """One student: what they try, for which assignment, and the points (low, high) that their answer deserves.

    hand_in: writes what they hand in, given their folder of the assignment, the path of their zip, or the course whose
    folder submitted/ is graded where it lies
    """

    name: str
    student: str
    tries: str
    hand_in: callable
    assignment: str = "hessian_spectrum"
    points: tuple = (0.0, 0.0)
    zipped: bool = False
    in_place: bool = False
    cell: str = ""  # of an optional exercise, whose bonus the points are then


def notebook_with(assignment, **sources):
    """The released notebook with the sources of some cells replaced, {grade_id: source}."""
    notebook = nbformat.read(NOTEBOOKS / f"{assignment}.ipynb", as_version=4)
    for grade_id, source in sources.items():
        cell_named(notebook, grade_id).source = source
    return notebook


def right_answer(assignment):
    """The source of the solution's answer cell, without the marks of nbgrader."""
    cell = cell_named(nbformat.read(SOLUTIONS / f"{assignment}.ipynb", as_version=4), TASKS[assignment])
    return re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", cell.source)


def answer_attack(path):
    """The attack of a file that holds the source of an answer cell."""
    source = path.read_text(encoding="utf-8")
    header = dict(re.findall(r"^# (notebook|cell|expects): (\S+)$", source, re.MULTILINE))
    assignment = header.get("notebook", "hessian_spectrum")
    low, _, high = header.get("expects", "0").partition("-")

    cell = header.get("cell", TASKS[assignment])

    def hand_in(folder):
        notebook = notebook_with(assignment, **{cell: source})
        nbformat.write(notebook, folder / f"{assignment}.ipynb")

    tries = ast.get_docstring(ast.parse(source)).splitlines()[0]
    optional = "" if cell == TASKS[assignment] else cell
    return Attack(path.stem, path.stem, tries, hand_in, assignment, (float(low), float(high or low)), cell=optional)


def upload_attack(path):
    """The attack of a file that holds a function which writes the upload."""
    defined = {}
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), defined)
    points = float(defined.get("EXPECTS", 0))
    answer = right_answer("hessian_spectrum") if points else WRONG_ANSWER
    way = next(way for way in ("upload", "upload_zip", "upload_in_place") if way in defined)

    def hand_in(place):
        defined[way](place, notebook_with("hessian_spectrum", eval_hess_vec_prod=answer))

    tries = defined["__doc__"].splitlines()[0]
    student = defined.get("STUDENT", path.stem)
    where = {"zipped": way == "upload_zip", "in_place": way == "upload_in_place"}
    return Attack(path.stem, student, tries, hand_in, points=(points, points), **where)


def from_a_cell_of_its_own(path):
    """The same attack from a cell of the student's own, which is run as the answer needs a name that it makes."""
    attack, source = answer_attack(path), path.read_text(encoding="utf-8")
    task = TASKS[attack.assignment]

    def hand_in(folder):
        notebook = notebook_with(attack.assignment, **{task: f"assert done is None\n{task} = {task}"})
        place = notebook.cells.index(cell_named(notebook, task))
        notebook.cells.insert(place, new_code_cell(f"done = exec({source!r})"))
        nbformat.write(notebook, folder / f"{attack.assignment}.ipynb")

    return replace(attack, student=f"{attack.student}_from_own_cell", hand_in=hand_in)


CORPUS = [*map(answer_attack, sorted(ATTACKS.glob("*.py"))), *map(upload_attack, sorted(ATTACKS.glob("uploads/*.py")))]
IN_FOLDERS = [attack for attack in CORPUS if not attack.zipped and not attack.in_place]
IN_ZIPS = [attack for attack in CORPUS if attack.zipped]
IN_OWN_CELLS = [*map(from_a_cell_of_its_own, sorted(ATTACKS.glob("*.py")))]
IN_PLACE = [attack for attack in CORPUS if attack.in_place]

SECURITY = (REPO / "docs" / "security.md").read_text(encoding="utf-8")
FEEDBACK_OF = [
    "script_in_written_answers", "hostile_outputs", "markup_in_messages", "formulas_that_reach_out",
    "markdown_of_brackets",
]  # fmt: skip
# One for every other row of the table of threats, the first that it names: these stand for the others but at night.
ROWS = re.findall(r"^\|[^|]*\|[^|]*\| `(?:uploads/)?(\w+)`", SECURITY, re.MULTILINE)
EVERY_DAY = {*ROWS[::2], *FEEDBACK_OF}


def by_lane(attacks, every_day=EVERY_DAY):
    """The attacks as parameters, those that are not for every day for the night."""
    return [pytest.param(attack, id=attack.name, marks=[] if attack.name in every_day else pytest.mark.night)
            for attack in attacks]  # fmt: skip


def chosen(request, attacks):
    """Those of the attacks that tests of this run ask for."""
    parameters = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    names = {each["attack"].student for each in parameters if "attack" in each} | set(FEEDBACK_OF)
    return [attack for attack in attacks if attack.student in names]


# ----------------------------------------------------------------------------------------------------------- the honest


def honest_notebooks(secret):
    """What honest students hand in, {(student, assignment): notebook}: a right, a partly right and a wrong answer."""
    handed_in = {}
    for assignment, answer in TASKS.items():
        handed_in["ada", assignment] = notebook_with(assignment, **{answer: right_answer(assignment)})
    partly, wrong = (SUBMISSIONS / "eval_hess_vec_prod" / f"{name}.py" for name in ("train_mode", "zeros"))
    for student, path in (("bob", partly), ("cleo", wrong)):
        handed_in[student, "hessian_spectrum"] = notebook_with("hessian_spectrum", eval_hess_vec_prod=path.read_text())
    cell_named(handed_in["ada", "hessian_spectrum"], "answer_basins").source = f"What the spectrum says: {secret}"
    return handed_in


def hand_in_folders(folder, attacks, secret):
    """A folder with a folder for each student."""
    for (student, assignment), notebook in honest_notebooks(secret).items():
        (folder / student / assignment).mkdir(parents=True)
        nbformat.write(notebook, folder / student / assignment / f"{assignment}.ipynb")
    for attack in attacks:
        place = folder / attack.student / attack.assignment
        place.mkdir(parents=True)
        attack.hand_in(place)
    return folder


def hand_in_zip(folder, attacks, secret):
    """A zip as Moodle makes it of a class, of honest students' notebooks and attackers' zips."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "class.zip", "w") as archive:
        for (student, assignment), notebook in honest_notebooks(secret).items():
            place = f"{student.title()}_{MOODLE_IDS[student]}_assignsubmission_file_/{assignment}.ipynb"
            archive.writestr(place, nbformat.writes(notebook))
        for attack in attacks:
            attack.hand_in(folder / "one.zip")
            place = f"Mallory_{MOODLE_IDS[attack.student]}_assignsubmission_file_/submission.zip"
            archive.write(folder / "one.zip", place)
            (folder / "one.zip").unlink()
    return folder / "class.zip"


MOODLE_IDS = {student: str(1001 + number) for number, student in
              enumerate(["ada", "bob", "cleo", *(attack.student for attack in IN_ZIPS)])}  # fmt: skip


# -------------------------------------------------------------------------------------------------------------- the run


@dataclass
class Run:
    """What a run of the grade command left behind."""

    course: Path
    status: int
    printed: str
    seconds: float
    secrets: dict
    harm: list = field(default_factory=list)  # what was found changed outside

    @functools.cached_property
    def points(self):
        """The points of each test, and whether each cell waits for a person, from the gradebook."""
        with Gradebook(f"sqlite:///{self.course / 'gradebook.db'}") as gradebook:
            return {
                (submission.student.id, submission.assignment.name): {
                    grade.name: (grade.auto_score, grade.max_score, grade.needs_manual_grade)
                    for notebook in submission.notebooks for grade in notebook.grades
                }
                for assignment in gradebook.assignments for submission in assignment.submissions
            }  # fmt: skip

    def gained(self, student, assignment, optional=""):
        """The automatic points of a submission, or the bonus of an exercise; None where it has none."""
        if optional:
            return self.results[student, assignment].bonus[f"test_{optional}"]
        grades = self.points.get((student, assignment))
        return None if grades is None else sum(score or 0.0 for score, _, _ in grades.values())

    def autograded(self, student, assignment):
        """The text of an autograded notebook, "" where there is none."""
        path = self.course / "autograded" / student / assignment / f"{assignment}.ipynb"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @functools.cached_property
    def results(self):
        """What the grader said of each submission that it did not pass over."""
        return {(student, assignment): result for student, assignment, result in results(self.course)}


@contextlib.contextmanager
def canaries(folder):
    """Secrets and things that nobody may touch; yields the secrets, an environment, and a list that fills with harm."""
    known = {name: f"canary-{name}-{secrets.token_hex(8)}" for name in ("neighbour", "home", "environment", "ada")}
    files = {folder / "neighbour.txt": known["neighbour"], Path.home() / f".{known['home']}": known["home"]}
    temporary = folder / "temporary"
    temporary.mkdir()
    harm = []
    for path, text in files.items():
        path.write_text(text)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)  # a process that outlives the run becomes a child of ours
    before = set(psutil.Process().children(recursive=True))
    try:
        with listener(harm):
            yield known, {"CANARY": known["environment"], "TMPDIR": str(temporary)}, harm
        harm += [f"{path} was changed" for path, text in files.items() if not path.exists() or path.read_text() != text]
        _, alive = psutil.wait_procs(set(psutil.Process().children(recursive=True)) - before, timeout=5)
        harm += [f"{process} goes on" for process in alive]
        harm += [f"{path} was written" for place in PLACES for path in Path(place).glob(STAIN)]
        harm += [f"{path} was written" for path in folder.rglob(STAIN)]
        harm += [f"{path} was left behind" for path in temporary.glob("losssurf*")]
    finally:
        for path in files:
            path.unlink(missing_ok=True)


PR_SET_CHILD_SUBREAPER = 36  # of Linux's prctl


@contextlib.contextmanager
def listener(harm):
    """Sockets that note each connection to them as harm: one on 127.0.0.1, and one of UNIX without a file."""
    addresses = [(socket.AF_INET, ("127.0.0.1", port)) for port in range(47101, 47106)]
    with contextlib.ExitStack() as stack:
        opened = []
        for family, address in [*addresses, (socket.AF_UNIX, "\0canary-of-the-tests")]:
            server = stack.enter_context(socket.socket(family))
            with contextlib.suppress(OSError):  # one of the ports may be another program's
                server.bind(address)
                server.listen()
                opened.append(server)
        assert len(opened) > 1
        for server in opened:
            threading.Thread(target=_note_connections, args=(server, harm), daemon=True).start()
        yield
        for server in opened:
            server.shutdown(socket.SHUT_RDWR)


def _note_connections(server, harm):
    with contextlib.suppress(OSError):
        while True:
            connection, address = server.accept()
            harm.append(f"somebody connected to {server.getsockname()}")
            connection.close()


def grade_class(folder, hand_in, attacks, timeout=TIMEOUT):
    """Make a course, have a class hand in, grade it with the command, and look around."""
    folder.mkdir(exist_ok=True)
    init(folder / "course")
    with canaries(folder) as (known, environment, harm):
        submitted = hand_in(folder / "submitted", attacks, known["ada"])
        command = [sys.executable, "-m", "autograder", "grade", submitted, "--course", folder / "course",
                   "--jobs", "3", "--timeout", str(timeout), "--device", "cpu"]  # fmt: skip
        started = time.monotonic()
        environment = {**os.environ, **environment, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True)
        seconds = time.monotonic() - started
    known["seed"] = (folder / "course" / SEED).read_text().strip()
    printed = (done.stdout + done.stderr).decode(errors="backslashreplace")
    return Run(folder / "course", done.returncode, printed, seconds, known, harm)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """The honest students alone."""
    return grade_class(tmp_path_factory.mktemp("clean"), hand_in_folders, [])


@pytest.fixture(scope="module")
def attacked(request, tmp_path_factory):
    """The honest students and all attackers of this run."""
    attacks = chosen(request, IN_FOLDERS)
    run = grade_class(tmp_path_factory.mktemp("attacked"), hand_in_folders, attacks)
    print_table(run, attacks)
    return run


@pytest.fixture(scope="module")
def from_own_cells(request, tmp_path_factory):
    """The honest students and the attackers of this run whose code stands in cells of their own."""
    attacks = chosen(request, IN_OWN_CELLS)
    run = grade_class(tmp_path_factory.mktemp("own"), hand_in_folders, attacks)
    print_table(run, attacks)
    return run


@pytest.fixture(scope="module")
def zipped(tmp_path_factory):
    """The honest students and the attackers who hand in zips, by way of a learning platform."""
    run = grade_class(tmp_path_factory.mktemp("zipped"), hand_in_zip, IN_ZIPS)
    print_table(run, IN_ZIPS)
    return run


def contents(folder):
    """The bytes of all files below a folder, without a step through a link."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


@pytest.fixture(scope="module")
def in_place(tmp_path_factory):
    """The honest students and the attackers who hand in beside them, graded where it lies, and what it was before."""
    folder, before = tmp_path_factory.mktemp("in_place"), {}

    def hand_in(submitted, attacks, secret):
        course = submitted.parent / "course"
        hand_in_folders(course / "submitted", [], secret)
        for attack in attacks:
            attack.hand_in(course)
        before.update(contents(course / "submitted") | contents(course / "source"))
        return course / "submitted"

    return grade_class(folder, hand_in, IN_PLACE, timeout=60), before  # nobody in there hangs


# ------------------------------------------------------------------------------------------------------------ the tests


def test_corpus_is_large_enough_and_says_what_it_tries():
    assert len(CORPUS) == NUMBER, "count anew, here and in docs/security.md, if an attack was added or taken away"
    assert all(len(attack.tries) > 20 for attack in CORPUS)
    assert len({attack.student for attack in CORPUS}) == len(CORPUS)


def test_every_attack_stands_in_the_page_on_security_and_no_other_does():
    names = {attack.name for attack in CORPUS}
    shown_by = "".join(re.findall(r"^\|.*\|(.*)\|$", SECURITY, re.MULTILINE))
    in_table, on_page = (set(re.findall(r"`(?:uploads/)?(\w+)`", text)) for text in (shown_by, SECURITY))
    assert in_table <= names <= on_page


@pytest.fixture(params=["attacked", pytest.param("zipped", marks=pytest.mark.night)])
def run(request):
    """Each of the runs with attackers."""
    return request.getfixturevalue(request.param)


def test_run_with_attackers_comes_to_its_end(run):
    assert run.status == 0, run.printed


@pytest.mark.parametrize("attack", by_lane(IN_FOLDERS))
def test_attack_gets_the_points_that_its_answer_deserves(attacked, attack):
    low, high = attack.points
    gained = attacked.gained(attack.student, attack.assignment, attack.cell)
    assert low <= (gained or 0.0) <= high, attacked.results.get((attack.student, attack.assignment))


@pytest.mark.parametrize("attack", by_lane(IN_FOLDERS))
def test_attack_learns_no_secret_and_does_not_find_that_it_worked(attacked, attack):
    shown = attacked.autograded(attack.student, attack.assignment)
    assert not [name for name, secret in attacked.secrets.items() if secret in shown]
    assert WORKED not in shown
    assert not [line for line in hidden_lines() if json.dumps(line)[1:-1] in shown]


@pytest.mark.parametrize("attack", by_lane(IN_OWN_CELLS, every_day=()))
def test_attack_from_an_own_cell_gains_and_learns_no_more(from_own_cells, attack):
    names = attack.student, attack.assignment
    assert from_own_cells.results[names].status == "graded"
    assert (from_own_cells.gained(*names) or 0.0) <= attack.points[1], from_own_cells.results[names]
    shown = from_own_cells.autograded(*names)
    assert not [name for name, secret in from_own_cells.secrets.items() if secret in shown]
    assert WORKED not in shown
    assert not [line for line in hidden_lines() if json.dumps(line)[1:-1] in shown]


@pytest.mark.night
def test_attacks_from_own_cells_take_nothing_from_others_and_nothing_happens_outside(from_own_cells, clean):
    assert from_own_cells.status == 0, from_own_cells.printed
    assert clean.points == {names: from_own_cells.points[names] for names in clean.points}
    assert from_own_cells.harm == []


@functools.cache
def hidden_lines():
    """Lines that are long enough to be known again, of the hidden checks and of the mark schemes."""
    public = "\n".join(path.read_text() for path in helper_files().values())  # what students see anyway
    modules = (REPO / "autograder" / "checks").glob("*.py")
    checks = {line.strip() for path in modules for line in path.read_text().splitlines()}
    solutions = [cell.source for path in SOLUTIONS.glob("*.ipynb") for cell in nbformat.read(path, as_version=4).cells]
    marks = {line for source in solutions for line in source.splitlines() if line.startswith(("**Marks", "**Model"))}
    return [line for line in checks | marks if len(line) > 40 and line not in public]


@pytest.mark.night
def test_honest_students_get_what_they_get_without_attackers(attacked, clean):
    alone, beside = clean.points, attacked.points
    assert alone == {names: beside[names] for names in alone}
    assert {names: clean.gained(*names) for names in alone} == {
        ("ada", "hessian_spectrum"): 10, ("ada", "mode_connectivity"): 10, ("ada", "sgd_path_pca"): 6,
        ("bob", "hessian_spectrum"): pytest.approx(8.5, abs=1.5), ("cleo", "hessian_spectrum"): 0,
    }  # fmt: skip


def test_nothing_happens_outside(run):
    assert run.harm == []


@pytest.mark.night
def test_zips_do_no_harm_and_take_nothing_from_others(zipped):
    grades = zipped.points
    assert grades[MOODLE_IDS["ada"], "hessian_spectrum"]["test_eval_hess_vec_prod"][0] == 10
    for attack in IN_ZIPS:
        assert not zipped.gained(MOODLE_IDS[attack.student], attack.assignment), attack.name
    assert {student for student, _ in grades} <= set(MOODLE_IDS.values())


@pytest.mark.night
def test_nothing_is_written_over_what_is_graded_where_it_lies_or_through_a_link_in_it(in_place):
    run, before = in_place
    assert run.harm == [] and run.status in (0, 1), run.printed
    assert contents(run.course / "submitted") | contents(run.course / "source") == before


@pytest.mark.night
def test_each_student_graded_in_place_has_the_own_points_or_is_named(in_place):
    run, _ = in_place
    assert (run.gained("ada", "hessian_spectrum"), run.gained("cleo", "hessian_spectrum")) == (10, 0)
    for folder in (run.course / "submitted").iterdir():
        student = unicodedata.normalize("NFC", folder.name)
        is_right = "link" not in student and "file" not in student and student not in ("bob", "cleo")
        gained = run.gained(student, "hessian_spectrum")
        if gained is None:
            assert repr(folder.name)[1:-1] in run.printed or student in run.printed
        elif student != "bob":
            assert gained == (10 if is_right else 0), student


@pytest.mark.night
def test_names_that_look_alike_are_told(in_place):
    said = {student: " ".join(result.eye) for (student, _), result in in_place[0].results.items()}
    for student in ("ada", "ADA", "\u0430da", "ada\u3164"):
        assert "look alike" in said[student]
    assert "look alike" not in said["bob"]


@pytest.mark.night
def test_students_of_all_names_get_their_feedback_pages(in_place):
    course = in_place[0].course
    nbgrader(course, "generate_feedback", "hessian_spectrum")
    graded = {student for student, assignment in in_place[0].points if assignment == "hessian_spectrum"}
    assert len(graded) > 35
    assert graded == {path.parts[-3] for path in course.glob("feedback/*/*/hessian_spectrum.html")}


def test_secrets_are_in_no_report_and_nothing_printed_commands_the_terminal(run):
    page = (run.course / "report.html").read_text(encoding="utf-8")
    for text in (page, run.printed):
        assert not [name for name, secret in run.secrets.items() if secret in text]
        assert WORKED not in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", run.printed)


class Hostile(HTMLParser):
    """Collects from a page what would run or be fetched because a student wrote it, by MathJax's macros too."""

    MACROS = re.compile(r"\\(?:href|mmlToken|class|cssId|style|require|bbox|def|let)(?![A-Za-z])")

    def __init__(self, page):
        super().__init__()
        self.found, self.inside = [], None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.inside = tag
        for name, value in attributes:
            value = re.sub(r"\s", "", value or "").lower()
            if "alert(" in value or "javascript:" in value or "47101" in value or "data:text/html" in value:
                self.found.append(f"<{tag} {name}={value[:60]}>")

    def handle_data(self, data):
        if self.inside in ("script", "style") and ("alert(" in data or "47101" in data):
            self.found.append(f"<{self.inside}>{data[:60]}")
        if self.inside not in ("script", "style", "pre", "code"):
            self.found += self.MACROS.findall(data)

    def handle_endtag(self, tag):
        self.inside = None


def test_report_holds_nothing_of_a_student_that_runs(attacked):
    page = (attacked.course / "report.html").read_text(encoding="utf-8")
    assert Hostile(page).found == []
    assert page.count("<script") == 1  # the page's own


@pytest.mark.parametrize("student", FEEDBACK_OF)
def test_feedback_of_nbgrader_holds_nothing_of_a_student_that_runs(attacked, student):
    nbgrader(attacked.course, "generate_feedback", "hessian_spectrum", "--student", student)
    page = attacked.course / "feedback" / student / "hessian_spectrum" / "hessian_spectrum.html"
    assert Hostile(page.read_text(encoding="utf-8")).found == []


def test_detector_of_what_runs_finds_it():
    link, handler = "<a href='java\nscript:x()'>x</a>", '<img src=x onerror="alert(1)">'
    for hostile in ("<script>alert(1)</script>", handler, link, r"<p>$\href{x}{y}$</p>"):
        assert Hostile(hostile).found
    assert not Hostile("<p>alert(1) &lt;script&gt;alert(1)&lt;/script&gt;</p>").found


# ------------------------------------------------------------------------------------------------------------ the table


def print_table(run, attacks, console=None):
    """What each attack tries, its points, and what the grader said."""
    title = f"{len(attacks)} attacks, {run.seconds:.0f} s"
    table = Table("attack", "it tries", "points", "the grader said", title=title)
    for attack in attacks:
        student = attack.student if not attack.zipped else MOODLE_IDS[attack.student]
        gained, result = run.gained(student, attack.assignment), run.results.get((student, attack.assignment))
        table.add_row(attack.name, attack.tries, "-" if gained is None else f"{gained:g}", _said(result))
    (console or Console(width=200)).print(table, markup=False)


def _said(result):
    """The first thing that the grader said of a submission."""
    if result is None:
        return "(passed over)"
    messages = [criterion.message for cell in result.cells for criterion in cell.criteria]
    said = [result.reason, *result.eye, *messages, *result.repairs]
    first = next((line for text in said for line in text.splitlines() if line), "")
    return first[:200].encode("ascii", "backslashreplace").decode()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="attacks-") as temporary:
        for name, hand_in, attacks in (("folders", hand_in_folders, IN_FOLDERS), ("zips", hand_in_zip, IN_ZIPS)):
            run = grade_class(Path(temporary) / name, hand_in, attacks)
            print(run.printed)
            print_table(run, attacks)
            print("\n".join(run.harm) or "No harm was done.")
