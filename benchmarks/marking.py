"""What the marking page takes on a class of 300: the list of a question, an answer opened, a mark, and memory.

The server is the real one, asked over HTTP as the page asks it. `python benchmarks/marking.py`, two minutes.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

REPO = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO), str(REPO / "tests")]

from sample_class import enter  # noqa: E402

from autograder.course.staging import init, settings  # noqa: E402
from autograder.grading.gradebook import Writer  # noqa: E402

STUDENTS, MARKED, ASSIGNMENT, QUESTION = 300, 100, "sgd_path_pca", "answer_plane"
REASONS = (
    "the plane fits the path",
    "two of many directions",
    "the scale is logarithmic",
    "once an epoch",
    "PCA bends paths",
)


def main():
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder, "course")
        init(course)
        with Writer(*settings(course)) as writer:
            writer.prepare([ASSIGNMENT])
            for number in range(STUDENTS):
                written = (
                    f"{REASONS[number % 5].capitalize()}, and {REASONS[(number // 5) % 5]}. Seen as of {number // 3}."
                )
                enter(course, writer, f"student{number:03}", ASSIGNMENT, written)
        line = [sys.executable, "-u", "-m", "autograder", "mark", "--course", course, "--no-browser", "--as", "ann"]
        server = subprocess.Popen(line, cwd=REPO, stdout=subprocess.PIPE, text=True)
        try:
            measure(server)
        finally:
            server.kill()


def measure(server):
    address, _, token = server.stdout.readline().split()[-1].partition("/#token=")
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
    memory = psutil.Process(server.pid).memory_info().rss / 2**20
    print(f"\n{MARKED} answers: {whole:.1f} s of waiting for the server; its memory: {memory:.0f} MiB")


if __name__ == "__main__":
    main()
