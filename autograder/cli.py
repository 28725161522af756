"""The command line: what each command is called, takes and prints; the work is done in the other modules."""

import contextlib
import functools
import json
import shlex
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column

from autograder.errors import NotMarked, Refusal, in_words
from autograder.layout import NOTEBOOKS, SOLUTIONS, assignments, short

app = typer.Typer(
    help="Make, check and grade the notebooks of the loss-surface course.",
    no_args_is_help=True,
    rich_markup_mode=None,  # any markup would swallow <student>, [NAME] or a_b_c, and cut words in a narrow window
    pretty_exceptions_enable=False,
    add_completion=False,
)
console = Console(highlight=False, soft_wrap=True)  # a path that is broken over two lines cannot be copied
complaints = Console(stderr=True, highlight=False, soft_wrap=True)


class Profile(StrEnum):
    """The two sizes of the course's experiments."""

    quick = "quick"
    full = "full"


class Device(StrEnum):
    """Where a check runs: the CPU, and CUDA too where there is a GPU (auto), or must be one (cuda)."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


def say(text, style=None):
    """Print `text` as it is: square brackets in it are text, not rich's markup."""
    console.print(text, style=style, markup=False)


def explains_refusals(command):
    """Show a user's mistake, or a file that cannot be read or written, as a message, with exit status 2."""

    @functools.wraps(command)
    def wrapped(*args, **kwargs):
        try:
            return command(*args, **kwargs)
        except (Refusal, NotMarked) as refusal:
            message = str(refusal)
        except OSError as error:
            message = in_words(error)
        complaints.print(message, style="red", markup=False)
        raise typer.Exit(2)

    return wrapped


@app.command(short_help="Generate the student notebooks.")
@explains_refusals
def build(check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if something is wrong.")] = False):
    """Generate the student notebooks (notebooks/) from the instructor's (solutions/).

    Solutions, hidden tests, mark schemes and outputs are taken out by nbgrader's own preprocessors; the same solutions
    always give the same bytes. With --check, compare instead: every cell that has drifted from solutions/, and every
    line of a solution or a hidden test that stands in notebooks/, is named.

    Example: python -m autograder build && python -m autograder build --check
    """
    from autograder.course import release, release_check  # here, as nbgrader takes 3 s to import, too long for --help

    if not check:
        for path, changed in release.build().items():
            say(f"{short(path)}  {'written' if changed else 'unchanged'}")
        return
    problems = release_check.check()
    for problem in problems:
        say(str(problem), "red")
    if problems:
        say(f"\n{len(problems)} problem(s) in {short(NOTEBOOKS)}/. To generate it anew: python -m autograder build")
        raise typer.Exit(1)
    say(f"{short(NOTEBOOKS)}/ is what {short(SOLUTIONS)}/ gives, and gives none of it away.")


@app.command(short_help="Write what students get into a folder.")
@explains_refusals
def publish(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Made where it is missing.")],
    url: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Of the repository on GitHub, or of the zip, where it will be.")
    ] = "",
):
    """Write the students' edition into FOLDER: the notebooks, the modules that they import, and how to start.

    FOLDER is ready to be a public repository; the same is in FOLDER.zip, for Moodle or Canvas. Nothing in it gives
    anything of solutions/ away; that is searched for before the first file is written. Run again, it brings the folder
    up to date: it writes over its own files alone, and refuses where another, or one that was changed, is in the way.
    With --url, the notebooks fetch their modules from there where they are opened alone, and of a repository on GitHub
    begin with a button that opens them on Colab.

    Example: python -m autograder publish ../loss-surfaces --url https://github.com/OWNER/loss-surfaces
    """
    from autograder.course import edition

    for name, told in edition.publish(folder, url).items():
        say(f"{name:<60} {told}")
    folder = folder.absolute()
    say(f"The edition is in {folder}, ready to be a public repository, and in {folder.name}.zip beside it.")


@app.command(short_help="Stage a course for nbgrader.")
@explains_refusals
def init(
    course: Annotated[Path, typer.Argument(metavar="COURSE", help="A folder outside the repository, or ignored.")],
):
    """Stage an nbgrader course directory, in which the stock nbgrader commands and formgrader work.

    Run it again after an update of the course: what you have changed, the sources of assignments that have submissions,
    submitted/, gradebook.db and everything else of yours stay as they are.

    Example: python -m autograder init ../course
    """
    from autograder.course import staging

    done = staging.init(course)
    say(f"The course in {course.absolute()}:")
    for name, what in done.items():
        say(f"  {name:<60} {what}", "yellow" if isinstance(what, staging.Left) else None)
    if any(isinstance(what, staging.Left) for what in done.values()):
        say("To replace a kept file by the repository's, move it away and run init again.")
    config = course / "nbgrader_config.py"
    for word, what in (
        ("GradeInSandbox", "lets nbgrader autograde run students' code with your rights"),
        ("mend_nbgrader", "lets nbgrader follow students' links, and lose those with [ ] * ? in their names"),
    ):
        if word not in config.read_text(errors="replace"):
            say(f"{config} {what}. Take over what", "yellow")
            say(f"the configuration that init makes in a new folder says of {word}.", "yellow")
    if course.stat().st_mode & 0o007:
        say("All users of this machine may look into it, for solutions and grades. To keep them out:", "yellow")
        say(f"  chmod o= {shlex.quote(str(course.absolute()))}", "yellow")
    say(_next_steps(course))


def _next_steps(course):
    """The commands to type after `init`; nbgrader starts alembic by name, so its folder must be on the PATH."""
    scripts = Path(sys.executable).parent
    on_path = shutil.which("nbgrader") == str(scripts / "nbgrader")
    activate = "" if on_path else f"\n  export PATH={shlex.quote(str(scripts))}:$PATH"
    names = [path.stem for path in assignments()]
    return f"""
Next:
  cd {shlex.quote(str(course.absolute()))}{activate}
  nbgrader generate_assignment {names[0]}   # makes release/{names[0]}/: hand out that folder
  # the same for {" and ".join(names[1:])}
  # put what students hand in into submitted/<student>/<assignment>/<assignment>.ipynb
  python -m autograder grade submitted --course .
  # grade the written answers: jupyter lab, menu Nbgrader, Formgrader
  nbgrader generate_feedback {names[0]}   # and the others
  python -m autograder export --course . --format csv"""


@app.command(short_help="Run the solution notebooks.")
@explains_refusals
def execute(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="In solutions/; default: all.")] = None,
    profile: Annotated[Profile | None, typer.Option(help="Digits in seconds (the default), or MNIST.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the executed pages there.")] = None,
    save: Annotated[bool, typer.Option("--save", help="Store the outputs in solutions/; needs --profile.")] = False,
):
    """Run solution notebooks in a real kernel, and name the cell that fails.

    A test cell in which the solution does not get full points fails too. Exit status 1 where a notebook failed; the
    others still run.

    Example: python -m autograder execute mode_connectivity --html /tmp/pages
    """
    if save and profile is None:
        raise Refusal("Which outputs shall solutions/ keep? Add --profile full (MNIST) or --profile quick (digits).")
    from autograder.course import execute as execution
    from autograder.notebook_files import notebook_text, write_whole

    pages, failed = [], False
    for path in _chosen(names or []):
        run = _execute_with_progress(execution.execute, path, (profile or Profile.quick).value)
        if html:
            pages.append((html / f"{path.stem}.html").absolute())
            write_whole(pages[-1], execution.as_html(run))
        if run.failure:
            failed = True
            say(f"{short(path)}, {run.failure}", "red")
        elif save:
            write_whole(path, notebook_text(run.notebook))
            say(f"{short(path)}  outputs stored")
    for page in pages:
        say(str(page))
    raise typer.Exit(1 if failed else 0)


@app.command(short_help="Judge the answers of one notebook.")
@explains_refusals
def check(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="A student's notebook.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="What the hidden inputs are made from.")] = 0,
    device: Annotated[Device, typer.Option(help="auto: the CPU, and CUDA where there is a GPU.")] = Device.auto,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for a cell.")] = 60,
    unsafe: Annotated[bool, typer.Option("--unsafe", help="Students' code has all your rights.")] = False,
):
    """Run the hidden checks on one notebook's answers, and print criterion, points and diagnosis.

    The notebook's answers run in the sandbox, with the setup cells of solutions/. Exit status 0 where it was graded,
    whatever the score; 2 where the file is no notebook of this course.

    Example: python -m autograder check solutions/mode_connectivity.ipynb
    """
    from autograder.marking import check_notebook

    options = dict(seed=seed, device=device.value, timeout=timeout, safe=not unsafe)
    checked = check_notebook.check_notebook(notebook, **options)
    if as_json:
        print(json.dumps(msgspec.to_builtins(checked), indent=1))
        return
    console.print(check_notebook.as_table(checked))
    for remark in [*checked.eye, *checked.repairs]:
        say(remark, "yellow")
    for text in check_notebook.raised_in_full(checked):
        say(text)
    say(check_notebook.in_words(checked))


@app.command(short_help="Grade a class.")
@explains_refusals
def grade(
    submitted: Annotated[Path, typer.Argument(metavar="SUBMITTED", help="What students handed in: a folder or zip.")],
    course: Annotated[Path, typer.Option(metavar="COURSE", help="A course that init made.")],
    named: Annotated[list[str] | None, typer.Argument(metavar="STUDENT", help="Only these; default: all.")] = None,
    student: Annotated[list[str] | None, typer.Option(metavar="STUDENT", help="The same as an option.")] = None,
    assignment: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this; may be repeated.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Mark and enter also where nothing has changed.")] = False,
    add_students: Annotated[bool, typer.Option("--add-students", help="Also who is not on the roster.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; default: one for each core.")] = None,
    scheduler: Annotated[str | None, typer.Option(metavar="TCP://HOST:PORT", help="Of Dask: its workers mark.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Run all cells, not only those that count.")] = False,
    device: Annotated[Device, typer.Option(help="auto: the CPU, and CUDA where there is a GPU.")] = Device.auto,
    timeout: Annotated[float | None, typer.Option(min=1, help="Seconds for a cell; 60, or 600 with --all.")] = None,
    unsafe: Annotated[bool, typer.Option("--unsafe", help="Students' code has all your rights.")] = False,
    db: Annotated[str | None, typer.Option(metavar="URL", help="The gradebook; default: the course's own.")] = None,
):
    """Grade a class: run the answers in a sandbox, judge what they return, and enter it into nbgrader's gradebook.

    SUBMITTED holds <student>/<assignment>/<assignment>.ipynb or <student>/<assignment>.ipynb, or is a learning
    platform's zip or folder of files whose names carry the student. The command may be stopped at any moment: run
    again, it does what is left, and what has changed: a submission, its time, a due date, an extension, the late
    policy, the course. Grades given by hand stay. Where the gradebook has a roster, who is not on it is named, and not
    graded. At the end it prints a table for each assignment, and writes COURSE/report.html. Exit status 1 where the
    machine failed with a submission.

    Example: python -m autograder grade submissions.zip --course ../course
    One student anew: python -m autograder grade submitted --course . --again ada
    """
    say("Trying the sandbox ..." if not unsafe else WARNING, "yellow" if unsafe else None)
    from autograder.grading import grade as grading
    from autograder.grading import report, summary
    from autograder.grading.grades import read_grades
    from autograder.grading.kept import results
    from autograder.grading.roster import of_the_course
    from autograder.notebook_files import write_whole

    options = dict(jobs=jobs, scheduler=scheduler, everything=everything, device=device.value, timeout=timeout)
    options |= dict(students=[*(named or []), *(student or [])], assignments=assignment or [], again=again)
    options |= dict(add_students=add_students)
    try:
        with _progress_of_class() as on_progress:
            done = grading.grade(submitted, course, **options, safe=not unsafe, db_url=db, on_progress=on_progress)
    except KeyboardInterrupt:
        complaints.print("Stopped. What is graded is kept: run the same command again for the rest.", style="red")
        raise typer.Exit(130) from None
    failed = [(submission.student, submission.assignment, why) for submission, why in done.failed]
    upload = summary.Upload(done.files, done.passed_over, failed, done.missing)
    grades = read_grades(course, db)
    students = of_the_course(course, {student.id for student in grades.students})
    entries = [summary.Entry(*each) for each in results(course) if each[0] in students]
    whole = summary.summarise(entries, upload, grades)
    report.print_tables(whole, console)
    write_whole(course / "report.html", report.as_html(whole), below=course)
    for path, why in done.passed_over:
        say(f"Passed over: {path!r}: {why}", "yellow")
    if done.missing:
        say(f"In the gradebook, and have handed in nothing: {', '.join(whole.upload.missing)}", "yellow")
    for warning in done.warnings:
        say(warning, "yellow")
    for (assignment, why), students in grading.by_reason(done.failed).items():
        say(f"Not graded: {', '.join(students)}, {assignment}: {why}", "red")
    say(upload.in_words)
    say(f"{done.done - done.refused} submissions graded, {done.refused} refused, {len(done.failed)} failed.")
    say(f"{course / 'report.html'}")
    raise typer.Exit(1 if done.failed else 0)


class Missing(StrEnum):
    """What who handed in nothing gets in a table."""

    zero = "0"
    empty = "empty"


class Format(StrEnum):
    """Where grades go."""

    csv = "csv"
    canvas = "canvas"
    moodle = "moodle"
    gradescope = "gradescope"


@app.command(short_help="Write grades for a learning platform.")
@explains_refusals
def export(
    course: Annotated[Path, typer.Option(metavar="COURSE", help="A course that is graded.")],
    format: Annotated[Format, typer.Option(help="csv is a plain table of all students.")],
    roster: Annotated[Path | None, typer.Option(help="Canvas' exported gradebook, or Moodle's worksheet.")] = None,
    assignment: Annotated[str | None, typer.Option(help="Only this one; Moodle's worksheets are of one.")] = None,
    to: Annotated[Path | None, typer.Option(help="Where to write; default: in COURSE/export/.")] = None,
    missing: Annotated[Missing, typer.Option(help="The score of who handed in nothing.")] = Missing.zero,
    column: Annotated[
        list[str] | None, typer.Option(metavar="NAME=TITLE", help="Of Canvas; NAME=new: a new one.")
    ] = None,
    db: Annotated[str | None, typer.Option(metavar="URL", help="The gradebook; default: the course's own.")] = None,
):
    """Write the grades in the form that a learning platform takes.

    canvas fills in the gradebook that Canvas exports, moodle the grading worksheet of an assignment, with feedback;
    gradescope writes a results.json for each student and the zip that Gradescope runs. Who handed in nothing has 0, as
    in nbgrader's own export, or with --missing empty no score; assignments of which nothing is graded are left out.
    Names that a spreadsheet would take for a formula come out as text. Answers that wait to be graded by hand are
    counted in a warning.

    Example: python -m autograder export --course ../course --format canvas --roster ~/Downloads/grades.csv
    """
    from autograder.export import export as write_export

    columns = dict(each.partition("=")[::2] for each in column or [])
    options = dict(roster=roster, to=to, assignment=assignment, db_url=db, columns=columns)
    done = write_export(course, format.value, missing=0.0 if missing is Missing.zero else None, **options)
    for warning in done.warnings:
        say(warning, "yellow")
    for path in done.paths:
        say(str(path))


@app.command(short_help="Mark written answers in the browser.")
@explains_refusals
def mark(
    course: Annotated[Path, typer.Option(metavar="COURSE", help="A course that is graded.")],
    name: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who marks; may be changed there.")] = None,
    twice: Annotated[int, typer.Option(min=0, max=100, help="Percent of the answers that two shall mark.")] = 0,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Default: one that is free.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page there at once.")] = True,
    db: Annotated[str | None, typer.Option(metavar="URL", help="The gradebook; default: the course's own.")] = None,
):
    """Open a page for marking written answers: one question at a time, by keyboard, with the mark scheme to tick.

    Equal and nearly equal answers stand together. Several people may mark at once, on this server or each on their own
    with the same course: nobody's mark overwrites another's, and who gave which is kept. Marks and comments go into the
    gradebook at once. The page is for this machine alone; from elsewhere it is reached through an SSH tunnel, as in
    ssh -L 8899:127.0.0.1:8899 HOST with --port 8899.

    Example: python -m autograder mark --course ../course --as ada
    """
    from autograder.by_hand.server import serve

    serve(course, db, port, name, twice, browser, say)


WARNING = "--unsafe: students' code runs with all your rights. It can read and change your files, and the grades."


@contextlib.contextmanager
def _progress_of_class():
    """A line that shows how many submissions are done and left, the time that they will take, and the slowest."""
    count, left = map(TextColumn, ("{task.completed} of {task.fields[whole]}", "left"))
    news = TextColumn("{task.fields[news]}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"))
    columns = TextColumn("Grading"), BarColumn(16), count, TimeElapsedColumn(), left, TimeRemainingColumn(), news
    with Progress(*columns, console=console, expand=True) as progress:
        task = progress.add_task("", total=None, whole="?", news="")

        def on_progress(state):
            refused = f"{state.refused} refused  " if state.refused else ""
            failed = f"{len(state.failed)} failed  " if state.failed else ""
            slowest = f"slowest {state.slowest[0]:.0f} s: {state.slowest[1]}" if state.slowest[1] else ""
            completed = state.done + len(state.failed)
            news = escape(refused + failed + slowest)
            progress.update(task, completed=completed, total=state.total, whole=state.total, news=news)

        yield on_progress


def _chosen(names):
    known = {path.stem: path for path in assignments()}
    chosen = [Path(name).name.removesuffix(".ipynb") for name in names] or list(known)
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise Refusal(f"No notebook {unknown[0]!r} in {short(SOLUTIONS)}/. There are: {', '.join(known)}.")
    return [known[name] for name in chosen]


def _execute_with_progress(execute_notebook, path, profile):
    """Run one notebook behind a line that shows its name, cell of cells, and seconds."""
    texts = "{task.description:<18}", "cell {task.completed:.0f} of {task.total}", "{task.fields[state]}"
    name, cells, state = map(TextColumn, texts)
    with Progress(name, BarColumn(20), cells, TimeElapsedColumn(), state, console=console) as progress:
        task = progress.add_task(path.stem, total=None, state="")

        def on_cell(number, cells):
            progress.update(task, completed=number, total=cells)

        run = execute_notebook(path, profile, on_cell=on_cell)
        progress.update(task, state="failed" if run.failure else f"done in {run.seconds:.0f} s")
    return run
