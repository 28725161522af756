"""What marking takes on a class of 300: what the page waits for, and 50 answers by keyboard, there and in formgrader.

The servers are the real ones, asked over HTTP as the page asks, and in Chromium, whose keys a script presses at one
pace. `python benchmarks/marking.py`, six minutes; without Playwright and Chromium the second table is left out.
"""

import json
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

REPO = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO), str(REPO / "tests")]

import formgrader  # noqa: E402
import marking_page  # noqa: E402
from sample_class import course_of_answers  # noqa: E402

STUDENTS, MARKED, ASSIGNMENT, QUESTION = 300, 100, "sgd_path_pca", "answer_plane"
BY_KEYBOARD, PACE = 50, 200  # answers, and milliseconds that a key is held


def main():
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder, "course")
        course_of_answers(course, STUDENTS, ASSIGNMENT)
        untouched = shutil.copytree(course, Path(folder, "untouched"))
        with marking_page.served(course) as (address, process):
            measure(address, process)
        measure_by_keyboard(untouched, Path(folder, "log"))


def measure(address, process):
    """Ask the server of the page as the page does, and print how long it took."""
    address, _, token = address.partition("/#token=")
    headers = {"Authorization": f"Bearer {token}", "Origin": address}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    about, times = f"assignment={ASSIGNMENT}&question={QUESTION}", {}

    def ask(what, path, body=None):
        started = time.perf_counter()
        request = urllib.request.Request(f"{address}/api/{path}", body and json.dumps(body).encode(), headers)
        answer = json.load(opener.open(request, timeout=60))
        times.setdefault(what, []).append(time.perf_counter() - started)
        return answer

    ask("start, the first time", "start")
    ask("start", "start")
    answers = ask("list, the first time", f"answers?{about}")["answers"]
    for answer in answers[:MARKED]:
        ask("open an answer", f"answer?{about}&id={answer['id']}")
        body = {
            "assignment": ASSIGNMENT,
            "question": QUESTION,
            "answers": {answer["id"]: 0},
            "points": 2,
            "ticks": [0, 1],
        }
        ask("mark it", "mark", body | {"comment": "Seen."})
        ask("list", f"answers?{about}")
    print(f"| of {STUDENTS} students | median | longest |\n| --- | --- | --- |")
    for what, seconds in times.items():
        print(f"| {what} | {1000 * statistics.median(seconds):.0f} ms | {1000 * max(seconds):.0f} ms |")
    whole = sum(sum(times[what]) for what in ("open an answer", "mark it", "list"))
    memory = psutil.Process(process.pid).memory_info().rss / 2**20
    print(f"\n{MARKED} answers: {whole:.1f} s of waiting for the server; its memory: {memory:.0f} MiB")


def measure_by_keyboard(course, log):
    """Mark answers by keyboard on the page, and others of the same notebooks in formgrader; print how long it took."""
    program = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if not program:
        print("\nThere is no Chromium here, or no Playwright to move it: nothing is marked by keyboard.")
        return
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        rows = {"the marking page": on_the_page(chromium, course), "formgrader": in_formgrader(chromium, course, log)}
    print(f"\n| {BY_KEYBOARD} answers | an answer, median | longest | together |\n| --- | --- | --- | --- |")
    for what, times in rows.items():
        print(f"| {what} | {statistics.median(times):.2f} s | {max(times):.2f} s | {sum(times):.0f} s |")


def on_the_page(chromium, course):
    """The seconds of each answer."""
    with marking_page.served(course) as (address, _):
        page = marking_page.opened(chromium, address)
        marking_page.choose(page, "plane")
        return timed(lambda: marking_page.mark_and_go_on(page, PACE))


def in_formgrader(chromium, course, log):
    """The seconds of each answer; the first submission was opened, and its field chosen, before."""
    with formgrader.formgrader(course, log) as (address, token):
        page = chromium.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(120_000)
        formgrader.open_first_submission(page, address, token, ASSIGNMENT)
        page.focus("#answer_explained")
        return timed(lambda: formgrader.mark_and_go_on(page, 2, PACE))


def timed(mark):
    times = []
    for _ in range(BY_KEYBOARD):
        started = time.perf_counter()
        mark()
        times.append(time.perf_counter() - started)
    return times


if __name__ == "__main__":
    main()
