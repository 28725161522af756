"""The edition for students: what is in it, what is not, and that its package works where nothing else of ours is."""

import subprocess
import sys
import sysconfig

import pytest

from autograder.course import edition
from autograder.course.edition import publish
from autograder.course.release import anatomies_of
from autograder.errors import Refusal
from autograder.layout import NOTEBOOKS, helper_files

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
    assert set(contents(published)) == {*notebooks, *helper_files(), "LICENSE", "README.md", "pyproject.toml"}
    assert all((published / name).read_bytes() == (NOTEBOOKS / name).read_bytes() for name in notebooks)


def test_published_again_it_is_the_same_and_a_file_of_somebody_else_stays(published, tmp_path):
    (tmp_path / "syllabus.md").write_text("Tuesdays, 2 pm.")
    publish(tmp_path)
    (tmp_path / "README.md").write_text("Lost.")
    changed = publish(tmp_path)
    assert [name for name, is_new in changed.items() if is_new] == ["README.md"]
    assert contents(tmp_path) == {**contents(published), "syllabus.md": b"Tuesdays, 2 pm."}


def test_a_module_with_the_code_of_a_solution_is_not_published(tmp_path, monkeypatch):
    secrets = anatomies_of()["sgd_path_pca.ipynb"].secrets
    answer = [f"    {line}" for line, cell in secrets.items() if cell == "principal_directions"]
    module = tmp_path / "walks.py"
    module.write_text("\n".join(["def kept_by_mistake(ws):", *answer, ""]))
    monkeypatch.setattr(edition, "helper_files", lambda: {**helper_files(), "losssurf_lab/walks.py": module})
    with pytest.raises(Refusal, match="walks.py.*principal_directions"):
        publish(tmp_path / "edition")
    assert not (tmp_path / "edition").exists()


@pytest.mark.long
def test_its_wheel_works_where_nothing_else_of_ours_is(published, tmp_path):
    subprocess.run([*PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", tmp_path, published], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([*PIP, "install", "--no-deps", "--target", tmp_path / "installed", wheel], check=True)
    modules = [name.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for name in helper_files()]
    look = f"import sys; sys.path[:0] = [{str(tmp_path / 'installed')!r}]; sys.path += ["
    look += f"{sysconfig.get_path('purelib')!r}]; import importlib, importlib.util\n"
    look += f"for name in {modules!r}: assert 'installed' in importlib.import_module(name).__file__, name\n"
    look += "assert importlib.util.find_spec('autograder') is None"
    subprocess.run([sys.executable, "-I", "-S", "-c", look], cwd=tmp_path, check=True)
