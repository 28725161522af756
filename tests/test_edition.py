"""The edition for students: what is in it, what is not, and that its package works where nothing else of ours is."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile

import nbformat
import pytest
import serving
from sample_notebook import cell_named

from autograder.course import edition
from autograder.course.edition import publish
from autograder.course.release import anatomies_of
from autograder.errors import Refusal
from autograder.layout import NOTEBOOKS, REPO, SOLUTIONS, helper_files

OTHERS = ".edition.json", ".gitignore", "LICENSE", "README.md", "pyproject.toml", "environment.yml", "own_network.md"
PICTURES = "own_network_hessian.png", "own_network_path.png", "own_network_plane.png"
PIP = [sys.executable, "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("edition")
    publish(folder)
    return folder


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_holds_the_notebooks_and_all_that_they_import_and_nothing_of_the_instructors(published):
    notebooks = {path.name for path in NOTEBOOKS.glob("*.ipynb")}
    assert set(contents(published)) == {*notebooks, *helper_files(), *OTHERS, *PICTURES}
    assert all((published / name).read_bytes() == (NOTEBOOKS / name).read_bytes() for name in notebooks)


def test_links_and_pictures_of_its_pages_lead_to_files_in_it(published):
    for page in published.glob("*.md"):
        targets = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
        assert [target for target in targets if not (published / target).exists() and ":" not in target] == []
        assert page.name in ("README.md", "own_network.md") and targets


def test_what_its_readme_has_one_make_is_not_offered_to_git(published, tmp_path):
    folder = shutil.copytree(published, tmp_path / "edition")
    for name in (".venv/pyvenv.cfg", "losssurf_lab.egg-info/PKG-INFO", "losssurf_lab/__pycache__/walks.pyc"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("made")
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    command = ["git", "-C", folder, "ls-files", "--others", "--exclude-standard"]
    offered = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert set(offered) == set(contents(published))


def test_published_again_it_is_the_same_and_a_file_of_somebody_else_stays(published, tmp_path):
    folder = tmp_path / "edition"
    publish(folder)
    (folder / "syllabus.md").write_text("Tuesdays, 2 pm.")
    (folder / "README.md").unlink()
    told = publish(folder)
    assert [name for name, what in told.items() if what != "unchanged"] == ["README.md"]
    assert contents(folder) == {**contents(published), "syllabus.md": b"Tuesdays, 2 pm."}


def test_a_file_that_publish_did_not_write_or_that_was_changed_is_not_overwritten(tmp_path):
    folder = tmp_path / "edition"
    folder.mkdir()
    (folder / "README.md").write_text("Mine.")
    with pytest.raises(Refusal, match="README.md: publish did not write it"):
        publish(folder)
    assert contents(tmp_path) == {"edition/README.md": b"Mine."}
    (folder / "README.md").unlink()
    publish(folder)
    (folder / "LICENSE").write_text("Changed.")
    with pytest.raises(Refusal, match="LICENSE: .*was changed since"):
        publish(folder)


def test_somebody_elses_zip_beside_the_folder_is_not_overwritten(tmp_path):
    (tmp_path / "course.zip").write_text("not ours")
    with pytest.raises(Refusal, match="course.zip: is not a zip that publish wrote"):
        publish(tmp_path / "course")
    assert contents(tmp_path) == {"course.zip": b"not ours"}


def test_a_link_or_a_folder_in_the_place_of_a_file_is_named_before_anything_is_written(tmp_path):
    folder = tmp_path / "edition"
    (folder / "README.md").mkdir(parents=True)
    (folder / "losssurf_lab").symlink_to(tmp_path)
    with pytest.raises(
        Refusal, match="(?s)losssurf_lab: a link.*README.md: a link or a folder|README.md.*losssurf_lab"
    ):
        publish(folder)
    assert contents(tmp_path) == {}


def test_an_update_writes_over_its_own_files_and_removes_those_that_are_no_longer_of_it(tmp_path, monkeypatch):
    module = tmp_path / "gone.py"
    module.write_text("")
    with monkeypatch.context() as patch:
        patch.setattr(edition, "helper_files", lambda: {**helper_files(), "losssurf_lab/old/gone.py": module})
        publish(tmp_path / "edition")
    told = publish(tmp_path / "edition", "https://github.com/owner/loss-surfaces")
    assert told["losssurf_lab/old/gone.py"].startswith("removed") and told["sgd_path_pca.ipynb"] == "written"
    assert not (tmp_path / "edition" / "losssurf_lab" / "old").exists()


@pytest.mark.parametrize("name", [".", "..", "docs", "notebooks", "docs/new", "solutions"])
def test_the_course_itself_is_not_published_into(name):
    with pytest.raises(Refusal, match="is a folder of the course itself"):
        publish(REPO / name)


def test_the_zip_holds_the_same_in_one_folder_and_is_the_same_bytes_each_time(published):
    archive = published.with_name(f"{published.name}.zip")
    before = archive.read_bytes()
    publish(published)
    assert archive.read_bytes() == before
    with zipfile.ZipFile(archive) as opened:
        inside = {name: opened.read(name) for name in opened.namelist()}
    assert inside == {f"{published.name}/{name}": content for name, content in contents(published).items()}


@pytest.mark.parametrize("url", ["http://github.com/o/r", "https://www.github.com/o/r", "https://GitHub.com/o/r.git/"])
def test_a_repository_on_github_is_known_however_it_is_written(url):
    assert edition.Address(url).for_pip == "https://github.com/o/r/archive/HEAD.zip"
    assert edition.Address(url).on_colab.endswith("/github/o/r/blob/HEAD")


@pytest.mark.parametrize(
    "url", ["https://github.com/o/..", "https://me:secret@a.org/x.zip", "https://me@github.com/o/r"]
)
def test_an_address_that_leads_nowhere_or_tells_a_password_is_refused(url):
    with pytest.raises(Refusal, match="neither a repository|name or password"):
        edition.Address(url)


def test_with_an_address_on_github_notebooks_fetch_from_there_and_have_a_button_for_colab(tmp_path):
    publish(tmp_path / "edition", "https://github.com/owner/loss-surfaces.git")
    for name in ("hessian_spectrum", "mode_connectivity", "sgd_path_pca"):
        badge, title, bringing, *_ = nbformat.read(tmp_path / "edition" / f"{name}.ipynb", as_version=4).cells
        assert f"colab.research.google.com/github/owner/loss-surfaces/blob/HEAD/{name}.ipynb" in badge.source
        assert title.source.startswith("# ")
        assert 'ADDRESS = "https://github.com/owner/loss-surfaces/archive/HEAD.zip"' in bringing.source


@pytest.mark.parametrize(
    "url", ["loss-surfaces", "https://example.org/course", 'https://a.org/x.zip" + "', "ftp://a.org/x.zip"]
)
def test_what_is_no_address_of_an_edition_is_refused(tmp_path, url):
    with pytest.raises(Refusal, match="is no address|neither a repository"):
        publish(tmp_path / "edition", url)
    assert not (tmp_path / "edition").exists()


def test_a_module_with_the_code_of_a_solution_is_not_published(tmp_path, monkeypatch):
    secrets = anatomies_of()["sgd_path_pca.ipynb"].secrets
    answer = [f"    {line}" for line, cell in secrets.items() if cell == "principal_directions"]
    module = tmp_path / "walks.py"
    module.write_text("\n".join(["def kept_by_mistake(ws):", *answer, ""]))
    monkeypatch.setattr(edition, "helper_files", lambda: {**helper_files(), "losssurf_lab/walks.py": module})
    with pytest.raises(Refusal, match="walks.py.*principal_directions"):
        publish(tmp_path / "edition")
    assert not (tmp_path / "edition").exists()


def solved(task):
    """The lines of a task's solution, and of model answers and marks, by the name of its cell."""
    return [line for each in anatomies_of().values() for line, cell in each.secrets.items() if cell == task]


LEAKS = {
    "a model answer": lambda: solved("answer_barrier")[0],
    "a model answer in lines of its own": lambda: solved("answer_barrier")[0].replace(" ", "\n"),
    "a marker": lambda: "### BEGIN MARK SCHEME",
    "a hidden check": lambda: (REPO / "autograder" / "checks" / "Bezier.py").read_text(),
    "lines in comments": lambda: "\n".join(f"#   {line}" for line in solved("Polychain")),
    "lines with comments": lambda: "\n".join(f"    {line}  # so" for line in solved("Polychain")),
    "one long line": lambda: "    " + solved("random_walk_explained_variance")[0],
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
@pytest.mark.parametrize("place", ["in a module", "beside the edition"])
def test_what_is_secret_is_found_in_every_text(tmp_path, monkeypatch, leak, place):
    text = tmp_path / "notes.py"
    text.write_text(f"First.\n{leak()}\nLast.\n")
    if place == "in a module":
        monkeypatch.setattr(edition, "helper_files", lambda: {**helper_files(), "losssurf_lab/notes.py": text})
    else:
        (tmp_path / "edition").mkdir()
        text.rename(tmp_path / "edition" / "notes.py")
    with pytest.raises(Refusal, match="notes.py: (gives away|holds|shows)"):
        publish(tmp_path / "edition")
    assert not (tmp_path / "edition" / "README.md").exists()


def test_an_old_solution_in_the_folder_is_named(tmp_path):
    (tmp_path / "old").mkdir()
    shutil.copy(SOLUTIONS / "sgd_path_pca.ipynb", tmp_path / "old" / "mine.ipynb")
    with pytest.raises(Refusal, match="mine.ipynb"):
        publish(tmp_path)


def test_a_module_that_git_does_not_know_is_not_published(tmp_path, monkeypatch):
    known = {name for name in edition._known_to_git() or () if name != "losssurf_lab/walks.py"}
    monkeypatch.setattr(edition, "_known_to_git", lambda: known)
    with pytest.raises(Refusal, match="losssurf_lab/walks.py: git does not know it"):
        publish(tmp_path / "edition")


@pytest.mark.long
def test_its_wheel_works_where_nothing_else_of_ours_is(published, tmp_path):
    source = shutil.copytree(published, tmp_path / "source")
    subprocess.run([*PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", tmp_path, source], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([*PIP, "install", "--no-deps", "--target", tmp_path / "installed", wheel], check=True)
    modules = [name.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for name in helper_files()]
    look = f"import sys; sys.path[:0] = [{str(tmp_path / 'installed')!r}]; sys.path += ["
    look += f"{sysconfig.get_path('purelib')!r}]; import importlib, importlib.util\n"
    look += f"for name in {modules!r}: assert 'installed' in importlib.import_module(name).__file__, name\n"
    look += "assert importlib.util.find_spec('autograder') is None"
    subprocess.run([sys.executable, "-I", "-S", "-c", look], cwd=tmp_path, check=True)


ONLY_ON_UNIX = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}


@pytest.mark.parametrize("name", helper_files())
def test_a_module_that_students_get_imports_nothing_that_windows_lacks_and_glues_no_path(name):
    tree = ast.parse(helper_files()[name].read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {module.split(".")[0] for module in imported} & ONLY_ON_UNIX
    texts = [part.value for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
             if isinstance(part, ast.Constant)]  # fmt: skip
    assert [text for text in texts if text.strip() == "/" or text.startswith("/") and text[1:2].isalpha()] == []


# ----------------------------------------------------------------------------------------- a notebook, and nothing else

RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
try:
    NotebookClient(notebook, kernel_name="python3", timeout=600, resources={"metadata": {"path": "."}}).execute()
finally:
    nbformat.write(notebook, sys.argv[1])
"""
COLAB = "from google.colab import drive\ndrive.mount('/content/drive')"


@pytest.fixture
def bare(tmp_path):
    """The Python of an environment with all that the modules need, without them; with a stand-in for Colab's own."""
    folder = tmp_path / "bare"
    venv.create(folder, with_pip=True)
    place = next(folder.glob("lib/python*/site-packages"))
    for old in place.glob("setuptools*"):  # pip would fetch a newer one; here the libraries have it
        shutil.rmtree(old)
    (place / "libraries.pth").write_text(sysconfig.get_path("purelib"))  # whose own .pth files are not read
    (place / "google" / "colab").mkdir(parents=True)
    (place / "google" / "colab" / "drive.py").write_text("def mount(place):\n    print('mounted', place)\n")
    (place / "google" / "colab" / "__init__.py").write_text("")
    return folder / "bin" / "python"


@pytest.fixture
def served(tmp_path):
    """The address of an edition's zip, with that in its notebooks, and the folder."""
    with serving.served(tmp_path) as address:
        publish(tmp_path / "edition", f"{address}/edition.zip")
        yield tmp_path / "edition"


def run(python, notebook, folder, **variables):
    """All cells of a notebook that lies alone in a folder, run by a Python: (what ended badly, the notebook)."""
    folder.mkdir(exist_ok=True)
    nbformat.write(notebook, folder / "sgd_path_pca.ipynb")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"LOSSSURF_PROFILE": "quick", "PIP_NO_BUILD_ISOLATION": "0", **variables}  # 0: without
    command = [python, "-c", RUN, "sgd_path_pca.ipynb"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.stderr if done.returncode else "", nbformat.read(folder / "sgd_path_pca.ipynb", as_version=4)


def text_of(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


@pytest.mark.night
@pytest.mark.kernel
def test_a_notebook_alone_fetches_its_modules_is_solved_and_graded(bare, served, tmp_path, sandbox_here):
    notebook = nbformat.read(served / "sgd_path_pca.ipynb", as_version=4)
    solution = nbformat.read(SOLUTIONS / "sgd_path_pca.ipynb", as_version=4)
    for task in ("principal_directions", "random_walk_explained_variance"):
        cell_named(notebook, task).source = cell_named(solution, task).source
    notebook.cells.insert(2, nbformat.v4.new_code_cell(COLAB))
    failure, done = run(bare, notebook, tmp_path / "alone")
    assert not failure, failure
    assert "Successfully installed losssurf-lab" in text_of(done.cells[1]) and "mounted" in text_of(done.cells[2])
    checked = "".join(
        text_of(cell) for cell in done.cells if cell.cell_type == "code" and "checks.check" in cell.source
    )
    assert "6 of 6 points" in checked and "2 of 2 bonus points" in checked
    command = [sys.executable, "-m", "autograder", "check", tmp_path / "alone" / "sgd_path_pca.ipynb", "--json"]
    graded = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=REPO).stdout)
    assert (graded["score"], graded["bonus"]) == (6, 2)


@pytest.mark.kernel
def test_a_notebook_takes_the_zip_beside_it_and_says_what_to_upload_where_there_is_nothing(bare, published, tmp_path):
    notebook = nbformat.read(published / "sgd_path_pca.ipynb", as_version=4)
    notebook.cells = notebook.cells[:3]  # up to the imports
    failure, _ = run(bare, notebook, tmp_path / "alone", PYTHONNOUSERSITE="1")
    assert "Upload beside this notebook the zip of the course" in failure
    shutil.copy(f"{published}.zip", tmp_path / "alone" / "course (1).zip")
    failure, done = run(bare, notebook, tmp_path / "alone")
    assert not failure and "Unpacking" in text_of(done.cells[1]), failure


# ------------------------------------------------------------------------------- the first cell, without a kernel


def bring(folder):
    """Run the first cell in a folder, in a Python that has nothing of ours; return its output, with the last error."""
    notebook = nbformat.read(NOTEBOOKS / "sgd_path_pca.ipynb", as_version=4)
    source = next(cell.source for cell in notebook.cells if cell.get("id") == "bring-the-modules")
    source = re.sub(r"^( *)%pip .*", r"\1pass", source, flags=re.MULTILINE)
    script = f"import sys; sys.path.insert(0, '')\n{source}\nimport lab_cnn_solution; print(lab_cnn_solution.EDITION)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], cwd=folder, capture_output=True, text=True)
    return done.stdout + done.stderr


def edition_zip(path, edition, time):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{edition}/lab_cnn_solution.py", f"EDITION = {edition!r}")
        archive.writestr(f"{edition}/losssurf_lab_utils.py", "")
        archive.writestr(f"{edition}/losssurf_lab/__init__.py", "")
    os.utime(path, (time, time))


def test_of_several_zips_the_newest_edition_alone_is_unpacked(tmp_path):
    edition_zip(tmp_path / "loss-surfaces.zip", "old", 1000)
    edition_zip(tmp_path / "loss-surfaces (1).zip", "new", 2000)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("photo.txt", "mine")
    assert bring(tmp_path).splitlines()[-1] == "new"
    assert [path.name for path in (tmp_path / "modules-of-the-course").iterdir()] == ["new"]


def test_a_zip_that_cannot_be_unpacked_is_told_in_words(tmp_path):
    edition_zip(tmp_path / "loss-surfaces.zip", "new", 1000)
    (tmp_path / "modules-of-the-course").write_text("a file in its way")
    assert "ImportError: loss-surfaces.zip cannot be unpacked here" in bring(tmp_path)


def cut_short(data):
    return data[: len(data) // 2]


def of_another_list(data):
    return data.replace(b"PK\1\2", b"PK\7\7")


def of_other_bytes(data):
    return data.replace(b"EDITION", b"NOITIDE", 1)  # where it is stored, its sum is another


@pytest.mark.parametrize("damage, said", [
    (cut_short, "is broken: upload it once more"), (of_another_list, "is broken: upload it once more"),
    (of_other_bytes, "cannot be unpacked here (Bad CRC-32"),
])  # fmt: skip
def test_of_a_broken_zip_it_is_said_what_to_do_and_a_whole_one_is_taken(tmp_path, damage, said):
    broken = tmp_path / "loss-surfaces.zip"
    edition_zip(broken, "old", 1000)
    broken.write_bytes(damage(broken.read_bytes()))
    os.utime(broken, (1000, 1000))
    told = bring(tmp_path)
    last = told.splitlines()[-1]
    assert last.startswith("ImportError: ") and f"loss-surfaces.zip {said}" in last and "pload it once more" in last
    assert "During handling" not in told
    edition_zip(tmp_path / "loss-surfaces (1).zip", "new", 2000)
    assert bring(tmp_path).splitlines()[-1] == "new"


def test_where_a_part_of_the_modules_is_there_all_are_brought_or_it_is_said_what_to_do(tmp_path):
    (tmp_path / "losssurf_lab").mkdir()
    (tmp_path / "losssurf_lab" / "__init__.py").write_text("")
    assert "ImportError: The modules of the course are not here" in bring(tmp_path)
    edition_zip(tmp_path / "loss-surfaces.zip", "new", 1000)
    assert bring(tmp_path).splitlines()[-1] == "new"
