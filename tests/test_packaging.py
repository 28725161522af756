"""What lies around the code: versions, the lists of modules in the docs, make's targets, the workflows."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import versions
import yaml

REPO = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPO / "pyproject.toml").read_text())

FOR_THE_NIGHT = {
    name for extra in ("hub", "postgres", "site") for name in PROJECT["project"]["optional-dependencies"][extra]
}


def constraints():
    lines = (REPO / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_pip_and_conda_install_the_same_versions():
    pins = re.findall(r"- ([\w-]+)=([\d.]+)", (REPO / "environment.yml").read_text())
    conda = {"torch" if name == "pytorch" else name: pin for name, pin in pins}
    assert conda == {name: pin for name, pin in constraints().items() if name not in FOR_THE_NIGHT}


def test_the_edition_asks_pip_and_conda_for_the_same_and_names_the_oldest_version_of_each():
    asked = tomllib.loads((REPO / "edition" / "pyproject.toml").read_text())["project"]["dependencies"]
    conda = re.findall(r"  - (?!python>|jupyterlab)(.+)", (REPO / "edition" / "environment.yml").read_text())
    assert sorted(asked) == sorted(re.sub("^pytorch", "torch", line) for line in conda if line != "conda-forge")
    assert all(re.fullmatch(r"[\w-]+>=\d+\.\d+", line) for line in asked)
    assert {line.partition(">=")[0] for line in asked} == set(PROJECT["project"]["dependencies"]) - {"jupyter"}


def test_every_dependency_has_a_tested_version_and_no_other_has():
    extras = PROJECT["project"]["optional-dependencies"].values()
    assert set(constraints()) == {*PROJECT["project"]["dependencies"], *(name for extra in extras for name in extra)}


def test_these_tests_run_with_the_tested_versions():
    missing = {name for name in FOR_THE_NIGHT if not is_installed(name)}
    tested = {name: number for name, number in constraints().items() if name not in missing}
    assert {name: version(name).split("+")[0] for name in tested} == tested


def is_installed(name):
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def test_every_helper_module_is_installed():
    modules = {path.stem for path in [*REPO.glob("lab_*.py"), *REPO.glob("losssurf_lab_*.py")]}
    assert set(PROJECT["tool"]["setuptools"]["py-modules"]) == modules
    script = "import " + ", ".join(sorted(modules))
    subprocess.run([sys.executable, "-c", script], cwd="/", check=True)


@pytest.mark.parametrize("package, listed_once", [("autograder", "checks"), ("losssurf_lab", "tasks")])
def test_the_tree_of_a_package_names_every_module_and_no_other(package, listed_once):
    text = (REPO / "docs" / "maintainer.md").read_text()
    tree = re.search(rf"^```\n{package}/\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[1]
    modules = [path.name for path in (REPO / package).rglob("[!_]*.py") if listed_once not in path.parts]
    assert sorted(set(re.findall(r"\w+\.py\b", tree)) - {"form.py"}) == sorted(set(modules) - {"form.py"})


def test_make_alone_lists_the_targets():
    listing = subprocess.run(["make"], cwd=REPO, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "lab", "test", "clean"):
        assert re.search(rf"^  {target} +\w", listing, re.MULTILINE), target


@pytest.mark.parametrize("target", ["test", "oldest", "newest"])
def test_a_python_that_is_too_old_is_refused(tmp_path, target):
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\nexit 1\n")  # what Python 3.9 answers to the question whether it is new enough
    old.chmod(0o755)
    copied = tmp_path / "clone"
    copied.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (copied / name).write_bytes((REPO / name).read_bytes())
    made = subprocess.run(["make", target, f"PYTHON={old}"], cwd=copied, capture_output=True, text=True)
    assert made.returncode != 0 and "needs Python 3.11 or newer" in made.stderr


def test_the_oldest_libraries_are_tried_with_the_oldest_python_alone(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["versions.py", "oldest"])
    monkeypatch.setattr(sys, "version_info", (3, 12, 1))
    monkeypatch.setattr(versions.venv, "create", pytest.fail)
    with pytest.raises(SystemExit, match="want Python 3.11"):
        versions.main()


def test_all_tests_that_import_what_students_have_alone_are_run_with_the_oldest_and_newest_libraries():
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (REPO / "tests").glob("*.py")}
    imported = {name: {*re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)} for name, text in texts.items()}
    ours = {"lab_cnn_solution", "losssurf_lab", "losssurf_lab_utils"}
    of_the_grader = {"autograder", *(name for name, modules in imported.items() if "autograder" in modules)}
    alone = {name for name, modules in imported.items() if modules & ours and not modules & of_the_grader}
    assert {f"test_{name}" for name in versions.TESTS} == {name for name in alone if name.startswith("test_")}


def test_the_project_the_edition_the_citation_and_the_changes_have_one_version():
    edition = tomllib.loads((REPO / "edition" / "pyproject.toml").read_text())["project"]["version"]
    citation = yaml.safe_load((REPO / "CITATION.cff").read_text())
    newest = re.search(r"^## ([\d.]+)", (REPO / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
    assert edition == citation["version"] == newest == PROJECT["project"]["version"]
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()


PAGES = [*sorted((REPO / "docs").glob("*.md")), *(REPO / f"{name}.md" for name in ("README", "CONTRIBUTING"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_files_and_pages_that_a_page_names_are_there(page):
    text = re.sub(r"^## A task of your own$.*", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\((?!http|#)([^)#]+)", text)
    named = re.findall(r"`((?:autograder|benchmarks|docs|edition|losssurf_lab|solutions|tests)/[\w./]+)`", text)
    assert [name for name in links if not (page.parent / name).exists()] == []
    assert [name for name in named if "TASK" not in name and not (REPO / name).exists()] == []


@pytest.mark.parametrize("workflow", sorted((REPO / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.stem)
def test_what_a_workflow_runs_is_there(workflow):
    jobs = yaml.safe_load(workflow.read_text())["jobs"]
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    targets = re.findall(r"^([\w-]+):", (REPO / "Makefile").read_text(), re.MULTILINE)
    assert runs
    for run in runs:
        assert set(re.findall(r"\bmake ([\w-]+)", run)) <= set(targets), run
        for script in re.findall(r"\bbash (\S+)", run):
            assert (REPO / script).is_file()


def test_a_release_carries_the_zip_that_publish_wrote():
    text = (REPO / ".github" / "workflows" / "release.yml").read_text()
    folder = re.search(r"-m autograder publish (\S+)", text)[1]
    assert f" {folder}.zip " in text and "zip -" not in text


@pytest.mark.parametrize(
    "page", [REPO / "edition" / "README.md", REPO / "docs" / "student.md"], ids=lambda page: page.stem
)
def test_what_students_are_told_to_type_is_known_to_powershell_too(page):
    text = page.read_text()
    assert "&&" not in text
    for told in ("Set-ExecutionPolicy -Scope Process", "$env:LOSSSURF_PROFILE = ", "6 GB", "conda activate losssurf\n"):
        assert told in text, told


def texts_of(notebook):
    """The texts of a solution, by the id of the cell or of the question."""
    cells = json.loads(notebook.read_text())["cells"]
    return {cell["metadata"].get("nbgrader", {}).get("grade_id", cell["id"]): "".join(cell["source"])
            for cell in cells if cell["cell_type"] == "markdown"}  # fmt: skip


NOTEBOOKS = sorted((REPO / "solutions").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_how_to_set_the_profile_and_to_answer_before_the_answers_are_told(notebook):
    head, *texts = texts_of(notebook).values()
    assert "`%env LOSSSURF_PROFILE=quick` in a cell above all others" in head and "numbers differ" in head
    (further,) = [text for text in texts if re.match(r"## \d\. Further experiments", text)]
    assert "Answer their questions before you go on" in further.splitlines()[2]


@pytest.mark.parametrize("judge", sorted(REPO.glob("losssurf_lab/tasks/*/judge.py")), ids=lambda path: path.parent.name)
def test_where_an_answer_may_get_half_at_most_the_text_above_it_says_so(judge):
    told = [text for notebook in NOTEBOOKS for name, text in texts_of(notebook).items()
            if name == f"task_{judge.parent.name}"]  # fmt: skip
    assert ("gets at most half of the points" in told[0]) == ("unfit=" in judge.read_text())
