"""nbgrader's formgrader as an instructor starts it for a course, for tests and a benchmark in a browser."""

import contextlib
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from nbgrader.api import Gradebook
from serving import free_port

from autograder.layout import REPO


@contextlib.contextmanager
def formgrader(course, log):
    """(address of JupyterLab started in the course's folder, its token); log: the file of what it prints."""
    port, token, scripts = free_port(), secrets.token_hex(16), Path(sys.executable).parent
    command = [
        scripts / "jupyter-lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        f"--IdentityProvider.token={token}", "--LabApp.news_url=",
    ]  # fmt: skip
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(REPO)}
    address = f"http://127.0.0.1:{port}"
    with log.open("w") as said:
        process = subprocess.Popen(command, cwd=course, env=environment, stdout=said, stderr=said)
    try:
        _wait(f"{address}/api", process, log)
        yield address, token
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(address, process, log):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + 120
    while True:
        try:
            return opener.open(address, timeout=5)
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(log.read_text()) from None
            time.sleep(0.3)


def open_submission(page, address, token, course, assignment, student):
    """Open a student's submission as formgrader shows it, and wait until one can type there."""
    with Gradebook(f"sqlite:///{Path(course) / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_submission_notebook(assignment, assignment, student).id
    page.goto(f"{address}/formgrader/?token={token}")
    page.goto(f"{address}/formgrader/submissions/{notebook}/")
    wait_until_ready(page)


def open_first_submission(page, address, token, assignment):
    """The same with the first in formgrader's order, chosen from its list."""
    page.goto(f"{address}/formgrader/?token={token}")
    page.goto(f"{address}/formgrader/gradebook/{assignment}/{assignment}")
    page.click("tbody a:text-is('Submission #1') >> visible=true")
    wait_until_ready(page)


def wait_until_ready(page):
    """Wait until the scores are there, and formgrader has chosen where one types first."""
    page.wait_for_function(
        "() => window.formgrader && formgrader.loaded && formgrader.grades.loaded && formgrader.comments.loaded"
        " && MathJax.loaded && document.activeElement.matches('.tabbable')"
    )


def mark_and_go_on(page, points, pace=0):
    """Type points where the cursor is, save, go to the same field of the next submission, and wait until it is there.

    pace: milliseconds that a key is held, which is as fast as one types
    """
    before = page.url.partition("?")[0]
    for key in (str(points), "Control+."):
        page.keyboard.press(key, delay=pace)
    page.wait_for_function("before => !location.href.startsWith(before)", arg=before)
    wait_until_ready(page)
    page.wait_for_function("() => !$('body, html').is(':animated')")  # it scrolls there
