"""What the sandbox shows, wherever this project, a course, Python and its packages lie."""

import glob
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import uuid
from pathlib import Path

import pytest
from sample_notebook import lay_helpers

from autograder.layout import REPO, SOLUTIONS

pytestmark = pytest.mark.usefixtures("sandbox_here")

PACKAGES = next(path for path in sys.path if path.endswith("-packages"))
LIBRARIES = Path("/usr/lib") / (sysconfig.get_config_var("MULTIARCH") or "")
SYSTEM = [Path(place) for place in ("/usr/src", "/opt", "/usr/local/share", "/usr/share", "/usr/local/lib", LIBRARIES)]

SEARCH = """
import glob, os
import numpy, safetensors, crossing
seen = [os.path.join(folder, name) for folder, _, names in os.walk("/") for name in names if KEPT in name]
print([path for path in [*seen, *PLACES] if os.path.exists(path)])
try:
    import autograder.checks
    print("the package of the checks")
except ModuleNotFoundError:
    pass
"""
RUN = """
import json, sys
import msgspec
from autograder.sandbox import running as sandbox
steps = [{"source": sys.argv[1], "seconds": 60, "inputs": None}]
session = sandbox.run(steps, sandbox.Limits())
print(json.dumps([msgspec.to_builtins(session.lines), session.complaint]))
"""


def small_repository(folder):
    """A copy of what is needed to run code in the sandbox."""
    shutil.copytree(REPO / "autograder", folder / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    lay_helpers(folder)
    return folder


def kept_in(*folders):
    """Files as a course has them, of one name that no other file has, in these folders."""
    name = f"kept-{uuid.uuid4()}"
    for folder in folders:
        (folder / "submitted" / "ada").mkdir(parents=True)
        for file in (folder / f"{name}.db", folder / "submitted" / "ada" / f"{name}.ipynb"):
            file.write_text("seen")
    return name


def seen_from(repository, name, python=sys.executable, packages=PACKAGES):
    """What code in the sandbox of that repository prints when it searches everything for files of this name."""
    settings = {"KEPT": name, "PLACES": [str(repository), str(repository.resolve())]}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(repository), str(packages)])}
    command = [str(python), "-c", RUN, f"globals().update({settings!r})\n" + SEARCH]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", check=True)
    lines, complaint = json.loads(done.stdout)
    assert len(lines) == 1 and not lines[0]["error"], (lines, complaint)
    return "".join(output.get("text", "") for output in lines[0]["outputs"]).strip()


@pytest.mark.parametrize("parent", SYSTEM, ids=str)
def test_a_repository_and_a_course_among_the_systems_folders_are_not_seen(parent):
    if not os.access(parent, os.W_OK):
        pytest.skip(f"nobody but root may write to {parent}")
    place = parent / f"losssurf-{uuid.uuid4()}"
    place.mkdir()
    try:
        name = kept_in(place / "course")
        assert seen_from(small_repository(place / "repository"), name) == "[]"
    finally:
        shutil.rmtree(place)


@pytest.mark.skipif(not os.access("/usr/src", os.W_OK), reason="nobody but root may write to /usr/src")
@pytest.mark.night
def test_an_answer_gets_its_points_where_the_repository_lies_among_the_systems_folders():
    place = small_repository(Path("/usr/src") / f"losssurf-{uuid.uuid4()}")
    try:
        shutil.copytree(SOLUTIONS, place / "solutions")
        command = [sys.executable, "-m", "autograder", "check", "solutions/sgd_path_pca.ipynb", "--json"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(place), PACKAGES])}
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=True)
        assert json.loads(done.stdout)["score"] == 6.0, done.stdout
    finally:
        shutil.rmtree(place)


@pytest.fixture
def environment(tmp_path):
    """A virtual environment without packages, and a link to it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    (tmp_path / "link").symlink_to(tmp_path / "env")
    return tmp_path / "link"


def installed_in(environment):
    """Its folder of packages."""
    return next(environment.glob("lib/python3*/site-packages"))


def in_the_environment(environment):
    return small_repository(environment / "repository")


def among_its_packages(environment):
    return small_repository(installed_in(environment) / "repository")


def around_the_environment(environment):
    (environment.parent / "repository").mkdir()
    (environment.parent / "env").rename(environment.parent / "repository" / ".venv")
    environment.unlink()
    environment.symlink_to(environment.parent / "repository" / ".venv")
    return small_repository(environment.parent / "repository")


def under_a_link_among_its_packages(environment):
    repository = small_repository(environment.parent / "elsewhere")
    (installed_in(environment) / "repository").symlink_to(repository)
    return installed_in(environment) / "repository"


def with_a_path_file_that_leads_there(environment):
    repository = small_repository(environment.parent / "elsewhere")
    (installed_in(environment) / "course.pth").write_text(f"{repository}\n")
    return repository


@pytest.mark.parametrize("lay", [
    in_the_environment, among_its_packages, around_the_environment, under_a_link_among_its_packages,
    with_a_path_file_that_leads_there,
])  # fmt: skip
def test_a_repository_and_a_course_in_around_or_beside_the_environment_are_not_seen(environment, lay):
    repository = lay(environment)
    name = kept_in(environment / "course", installed_in(environment) / "course", repository / "course")
    assert seen_from(repository, name, environment / "bin" / "python") == "[]"


def test_this_project_is_not_seen_where_it_is_installed_and_what_is_installed_beside_it_is(environment):
    packages = installed_in(environment)
    small_repository(packages)
    for name, files in {"losssurf": ["autograder/__init__.py"], "beside": ["beside.py"]}.items():
        install(packages, name, *files)
    (packages / "beside.py").touch()
    name = kept_in(packages / "autograder" / "checks")
    shutil.copytree(packages / "autograder", environment / "run" / "autograder")
    lay_helpers(environment / "run")
    assert seen_from(environment / "run", name, environment / "bin" / "python") == "[]"
    assert seen_from(environment / "run", "beside", environment / "bin" / "python").startswith("['/opt/packages/")


def install(packages, name, *files):
    """The record that a package manager leaves of these files."""
    record = packages / f"{name}-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (record / "RECORD").write_text("".join(f"{file},,\n" for file in [*files, f"{record.name}/RECORD"]))


# -------------------------------------------------------------------------------------------------------------- Pythons

KERNEL = """
import ctypes, hashlib, json, lzma, sqlite3, ssl, sys, sysconfig, zlib
print(json.dumps([sys.version, sysconfig.get_path("stdlib"), hashlib.sha256(b"").hexdigest()[:4]]), flush=True)
raise SystemExit
"""
START = """
import sys
from autograder.sandbox import bubblewrap
process = bubblewrap.start(2**20)
out, complaint = process.communicate(b"{}", timeout=60)
print(sys.version, file=sys.stderr)
print(out.decode().strip(), complaint.decode().strip())
"""
KNOWN = [
    "/usr/bin/python3.*", "/usr/local/bin/python3.*", "/opt/*/bin/python3.*",
    "/opt/hostedtoolcache/Python/*/*/bin/python3.*", "~/.pyenv/versions/*/bin/python3.*",
    "~/.local/share/uv/python/*/bin/python3.*", "~/*conda3/bin/python3.*",
]  # fmt: skip


def pythons():
    """The Pythons of this machine on which the project runs, by their real paths."""
    found = {Path(path).resolve() for pattern in KNOWN for path in glob.glob(os.path.expanduser(pattern))}
    return sorted(path for path in found | {Path(sys.executable).resolve()} if is_python(path))


def is_python(path):
    code = "import sys, json, sqlite3, ssl, lzma; sys.exit(sys.version_info < (3, 11))"
    name = path.name.removeprefix("python3.")
    return name.isdigit() and subprocess.run([path, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.fixture
def started_with(tmp_path):
    """What a Python says in the sandbox in place of a kernel: `started_with(path, variables of its environment)`."""
    packages = tmp_path / "site-packages"
    packages.mkdir()
    (packages / "jupyter_client.py").write_text(KERNEL)
    install(packages, "jupyter_client", "jupyter_client.py")

    def start(python, **variables):
        paths = os.pathsep.join([str(REPO), str(packages)])
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": paths, **variables}
        command = [python, "-c", START]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", check=False)
        assert done.stdout.startswith("["), done.stdout + done.stderr
        version, library, digest = json.loads(done.stdout)
        assert version == done.stderr.strip() and library.startswith("/opt/python/lib") and digest == "e3b0"

    return start


@pytest.mark.parametrize("python", pythons(), ids=str)
def test_every_python_of_this_machine_starts_and_finds_its_libraries(started_with, python):
    started_with(python)


@pytest.fixture
def shared_python(tmp_path):
    """A copy of a Python whose interpreter is in a shared library, which only LD_LIBRARY_PATH tells, in a folder that
    nobody else may enter, under a link; as (interpreter, its environment)."""
    if not sysconfig.get_config_var("Py_ENABLE_SHARED"):
        pytest.skip("the library of this Python is not shared")
    prefix = tmp_path / "private" / "python"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "lib").mkdir()
    prefix.parent.chmod(0o700)
    executable, library = Path(sys.executable).resolve(), Path(sysconfig.get_config_var("LIBDIR"))
    shutil.copy(executable, prefix / "bin")
    shutil.copy(library / sysconfig.get_config_var("INSTSONAME"), prefix / "lib")
    shutil.copytree(
        sysconfig.get_path("stdlib"), prefix / "lib" / Path(sysconfig.get_path("stdlib")).name,
        ignore=shutil.ignore_patterns("site-packages", "test", "__pycache__"),
    )  # fmt: skip
    (tmp_path / "link").symlink_to(prefix)
    return tmp_path / "link" / "bin" / executable.name, {"LD_LIBRARY_PATH": str(prefix / "lib")}


def test_a_python_with_a_shared_library_starts_from_anywhere_and_so_do_environments_made_of_it(
    tmp_path, started_with, shared_python
):
    python, variables = shared_python
    started_with(python, **variables)
    make = [python, "-m", "venv", "--without-pip"]
    environment = {**os.environ, **variables}
    for options, name in ([], "linked"), (["--copies"], "copied"):
        subprocess.run([*make, *options, tmp_path / name], env=environment, check=True)
        started_with(tmp_path / name / "bin" / "python", **variables)
    of_another = [tmp_path / "linked" / "bin" / "python", "-m", "venv", "--without-pip", tmp_path / "second"]
    subprocess.run(of_another, env=environment, check=True)
    started_with(tmp_path / "second" / "bin" / "python", **variables)
