"""A JupyterHub with a teacher and a student: an assignment on its way through nbgrader's exchange and a browser."""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest
from sample_class import source_of
from serving import free_port

pytestmark = [pytest.mark.night, pytest.mark.kernel, pytest.mark.usefixtures("sandbox_here")]

REPO = Path(__file__).parents[1]
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
PCA = "sgd_path_pca"
PASSWORD = "of the test"
MINUTE = 60_000  # milliseconds

TEACHER, STUDENT = "losssurf-teacher", "losssurf-ada"
# With the user's rights, and that to read everything: the interpreter may lie in root's home.
AS = ["setpriv", "--clear-groups", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]

# What docs/instructor.md says for a hub, but for ports, folders and how the servers of the two users are started.
HUB = """
import os, pwd
from jupyterhub.spawner import LocalProcessSpawner

class AsUser(LocalProcessSpawner):
    async def start(self):
        user = pwd.getpwnam(self.user.name)
        self.cmd = [*{by}, f"--reuid={{user.pw_uid}}", f"--regid={{user.pw_gid}}", "jupyterhub-singleuser"]
        return await super().start()

    def make_preexec_fn(self, name):
        return lambda: os.chdir(pwd.getpwnam(name).pw_dir)

c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.command = ["node", "{proxy}"]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "{password}"
c.Authenticator.allowed_users = {{"{teacher}", "{student}"}}
c.JupyterHub.spawner_class = AsUser
c.Spawner.default_url = "/lab"
c.Spawner.http_timeout = c.Spawner.start_timeout = 120
c.Spawner.args = ["--LabApp.expose_app_in_browser=True", "--LabApp.news_url="]
c.Spawner.environment = {{
    "PATH": "{path}", "PYTHONPATH": "{repo}", "JUPYTER_CONFIG_PATH": "{folder}/etc", "LOSSSURF_PROFILE": "quick",
}}
"""
EXCHANGE = """
c = get_config()
c.CourseDirectory.course_id = "losssurf"
c.Exchange.root = "{folder}/exchange"
"""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    """The program of the hub's proxy, which comes from npm."""
    if not shutil.which("npm"):
        pytest.skip("there is no npm here to install the hub's proxy with")
    folder = tmp_path_factory.mktemp("proxy")
    done = subprocess.run(["npm", "install", "--silent", "--prefix", folder, "configurable-http-proxy"],
                          capture_output=True, text=True)  # fmt: skip
    if done.returncode:
        pytest.skip(f"npm cannot install the hub's proxy: {done.stderr.strip()[-200:]}")
    return folder / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"


@pytest.fixture(scope="module")
def folder():
    """A folder with an exchange and the homes of a teacher and a student, who have accounts on this machine."""
    if os.geteuid():
        pytest.skip("only root can make accounts for the users of a hub")
    folder = Path(tempfile.mkdtemp(prefix="losssurf-hub-"))  # not pytest's, where only its owner may look
    folder.chmod(0o755)
    for place in ("exchange", "etc", "home"):
        (folder / place).mkdir()
    (folder / "exchange").chmod(0o777)
    for user in (TEACHER, STUDENT):
        subprocess.run(["useradd", "--create-home", "--home-dir", folder / "home" / user, user], check=True)
    yield folder
    for user in (TEACHER, STUDENT):
        subprocess.run(["pkill", "-KILL", "-u", user])
        subprocess.run(["userdel", "--force", user], check=True)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def hub(proxy, folder):
    """The address of a hub that runs."""
    pytest.importorskip("jupyterhub")
    (folder / "etc" / "nbgrader_config.py").write_text(EXCHANGE.format(folder=folder))
    port = free_port()
    settings = HUB.format(
        by=AS, teacher=TEACHER, student=STUDENT, port=port, hub_port=free_port(), proxy_port=free_port(), proxy=proxy,
        password=PASSWORD, folder=folder, repo=REPO, path=PATH,
    )  # fmt: skip
    (folder / "jupyterhub_config.py").write_text(settings)
    with (folder / "hub.log").open("w") as log:
        process = subprocess.Popen([Path(sys.executable).with_name("jupyterhub")], cwd=folder, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: urllib.request.urlopen(f"{address}/hub/login", timeout=5).status == 200, "the hub")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)
        lines = (folder / "hub.log").read_text().splitlines()
        print("\n".join([line for line in lines if not re.search(r"(GET|PUT) /(?!.*formgrader)", line)][-100:]))


def wait_for(holds, what, seconds=120):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"{what} did not come within {seconds} s")


def log_in(chromium, address, user):
    """A page of a user who has a server of their own, in JupyterLab."""
    page = chromium.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.set_default_timeout(MINUTE)
    page.goto(f"{address}/hub/login")
    page.fill("#username_input", user)
    page.fill("#password_input", PASSWORD)
    page.click("#login_submit")
    page.wait_for_url(f"**/user/{user}/lab**", timeout=3 * MINUTE)
    page.wait_for_function("window.jupyterapp !== undefined", timeout=2 * MINUTE)
    page.wait_for_selector("#jp-MainLogo", timeout=2 * MINUTE)
    return page


def by_teacher(folder, *command, place="course"):
    """A command in a terminal of the teacher's."""
    user, home = pwd.getpwnam(TEACHER), folder / "home" / TEACHER
    environment = {
        **os.environ, "PATH": PATH, "PYTHONPATH": str(REPO), "HOME": str(home),
        "JUPYTER_CONFIG_PATH": str(folder / "etc"),
    }  # fmt: skip
    done = subprocess.run([*AS, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", *command], cwd=home / place,
                          env=environment, capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def graded(course):
    """What grading prints; by root, as bubblewrap takes nobody who has some of its rights."""
    command = [sys.executable, "-m", "autograder", "grade", course / "submitted", "--course", course]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True)
    subprocess.run(["chown", "--recursive", f"{TEACHER}:", course], check=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def open_assignments(page):
    page.evaluate("window.jupyterapp.commands.execute('nbgrader:open-assignment-list')")
    page.wait_for_selector("text=Released assignments")


SOLVE = """async ([path, gradeId]) => {
    const app = window.jupyterapp;
    const panel = await app.commands.execute('docmanager:open', {path});
    await panel.context.ready; await panel.sessionContext.ready;
    const notebook = panel.content, cells = [...notebook.model.cells];
    const idOf = cell => (cell.getMetadata('nbgrader') || {}).grade_id;
    const answerAt = cells.findIndex(cell => idOf(cell) === gradeId);
    notebook.activeCellIndex = answerAt; await notebook.scrollToItem(answerAt);
    notebook.mode = 'edit';
    await app.commands.execute('notebook:enter-edit-mode');
    notebook.activeCell.editor.focus();
    return answerAt;
}"""
RUN = """async ([upTo]) => {
    const app = window.jupyterapp, notebook = app.shell.currentWidget.content;
    for (let i = 0; i <= upTo; i++) {
        if (notebook.model.cells.get(i).type !== 'code') continue;
        notebook.activeCellIndex = i;
        await app.commands.execute('notebook:run-cell');
    }
    await app.commands.execute('docmanager:save');
    const outputs = notebook.model.cells.get(upTo).toJSON().outputs;
    return [notebook.model.cells.get(upTo - 2).toJSON().source, outputs.map(output => output.text || '').join('')];
}"""


def test_an_assignment_goes_round_the_exchange_and_its_feedback_is_read(hub, folder, chromium):
    by_teacher(folder, sys.executable, "-m", "autograder", "init", "course", place="")
    settings = f'load_subconfig("{folder}/home/{TEACHER}/course/nbgrader_config.py")'  # which formgrader reads
    by_teacher(folder, "sh", "-c", f"mkdir .jupyter && echo '{settings}' > .jupyter/nbgrader_config.py", place="")
    by_teacher(folder, "nbgrader", "generate_assignment", PCA)
    by_teacher(folder, "nbgrader", "release_assignment", PCA)

    student = log_in(chromium, hub, STUDENT)
    open_assignments(student)
    student.click("button:has-text('Fetch') >> nth=0")
    home = folder / "home" / STUDENT
    wait_for((home / PCA / f"{PCA}.ipynb").exists, "the fetched notebook")
    assert (home / PCA / "lab_cnn_solution.py").exists() and (home / PCA / "losssurf_lab" / "checks.py").exists()

    place = student.evaluate(SOLVE, [f"{PCA}/{PCA}.ipynb", "principal_directions"])
    student.keyboard.press("Control+A")
    student.keyboard.insert_text(source_of("numpy_svd", PCA))
    source, said = student.evaluate(RUN, [place + 2])
    assert source == source_of("numpy_svd", PCA)
    assert "6 of 6 points" in said, said

    open_assignments(student)
    student.click("button:has-text('Submit') >> nth=0")
    wait_for(lambda: [*(folder / "exchange" / "losssurf" / "inbound").glob(f"{STUDENT}+{PCA}+*")], "the submission")

    by_teacher(folder, "nbgrader", "collect", PCA)
    printed = graded(folder / "home" / TEACHER / "course")
    assert re.search(rf"{PCA} +│ +1 │ +0 │ +6 │", printed), printed
    by_teacher(folder, "nbgrader", "generate_feedback", PCA)
    by_teacher(folder, "nbgrader", "release_feedback", PCA)

    teacher = log_in(chromium, hub, TEACHER)
    teacher.goto(f"{hub}/user/{TEACHER}/formgrader/manage_submissions/{PCA}")
    teacher.wait_for_selector("td:has-text('losssurf-ada')")

    open_assignments(student)
    student.click("button[title*='Refresh'], #refresh_assignments_list")
    student.click("button:has-text('Fetch Feedback') >> nth=0")
    wait_for(lambda: [*home.glob(f"{PCA}/feedback/*/{PCA}.html")], "the feedback")
    (page,) = home.glob(f"{PCA}/feedback/*/{PCA}.html")
    student.goto(f"{hub}/user/{STUDENT}/files/{page.relative_to(home).as_posix()}")
    assert "6 of 6 points" in student.inner_text("body")
