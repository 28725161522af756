"""The marking page as the real command serves it, in a browser; for its tests and its benchmark."""

import contextlib
import subprocess
import sys

from autograder.layout import REPO


@contextlib.contextmanager
def served(course, *options):
    """(address with the token, process) of the page of a course; it is ended like by Ctrl-C."""
    command = [sys.executable, "-u", "-m", "autograder", "mark", "--course", course, "--as", "ann", "--no-browser"]
    process = subprocess.Popen([*command, *options], cwd=REPO, stdout=subprocess.PIPE, text=True)
    address = process.stdout.readline().split()[-1]
    try:
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=10)


def opened(chromium, address, width=1400, scheme="light", name="ann"):
    """The page in a browser of its own, with what failed there as `failures`, and what it asked for as `asked`."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.failures, page.asked = [], []
    page.on("console", lambda message: page.failures.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.failures.append(str(error)))
    page.on("dialog", lambda dialog: (page.failures.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(address)
    page.fill("#marker", name)
    page.press("#marker", "Escape")
    settle(page)
    return page


def settle(page):
    """Wait until nothing is asked of the server any more."""
    page.wait_for_function(
        "() => { const then = performance.now(); return new Promise((done) => { let calm = then; const look = () => {"
        "if (document.body.ariaBusy === 'true') calm = performance.now();"
        "if (performance.now() - calm > 200) done(true); else setTimeout(look, 20); }; look(); }); }"
    )


def choose(page, question):
    """Choose the question whose name holds this."""
    settle(page)
    labels = page.locator("#questions option").all_text_contents()
    page.select_option("#questions", index=next(n for n, label in enumerate(labels) if question in label))
    settle(page)
    page.wait_for_function("() => document.getElementById('title').textContent !== 'Nothing is open'")


def mark_and_go_on(page, pace=0):
    """Give the first two points of the scheme to the answer that is open; wait until the next is shown.

    pace: milliseconds that a key is held, which is as fast as one types
    """
    before = page.text_content("#title")
    for key in ("1", "2", "Enter"):
        page.keyboard.press(key, delay=pace)
    page.wait_for_function("before => state.opened && document.getElementById('title').textContent !== before",
                           arg=before)  # fmt: skip
