"""How fast a class is graded: `python -m autograder grade` against stock `nbgrader autograde` on the same submissions.

The class hands in all three notebooks, the answers of tests/submissions, each a little different. Both grade in the
quick profile with one PyTorch thread a process, from an empty cache; nbgrader runs every cell, as it must, the grader
those that count. Times are of whole commands, imports included. nbgrader runs once, the grader three times (median).

`python benchmarks/grading.py` takes about half an hour. `--only-class 300` grades, in ten, a class of 300 who hand in
one notebook each, with two processes.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

REPO = Path(__file__).parents[1]
sys.path += [str(REPO), str(REPO / "tests")]

from sample_class import TASKS, write_class  # noqa: E402

from autograder.course.staging import init  # noqa: E402

REPEATS = 3


def timed(command, cwd, cache):
    """Seconds that a command takes, and the peak memory (bytes) of the largest child process with all below it."""
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "LOSSSURF_CACHE": str(cache), "LOSSSURF_PROFILE": "quick",
                   "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}  # fmt: skip
    started, peak = time.monotonic(), [0]
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    watch = threading.Thread(target=_watch, args=(process, peak), daemon=True)
    watch.start()
    printed, _ = process.communicate()
    if process.returncode:
        print(printed.decode()[-3000:], file=sys.stderr)
    return time.monotonic() - started, peak[0]


def _watch(process, peak):
    while process.poll() is None:
        try:
            for worker in psutil.Process(process.pid).children():
                family = [worker, *worker.children(recursive=True)]
                peak[0] = max(peak[0], sum(_own_memory(member) for member in family))
        except psutil.Error:
            pass
        time.sleep(0.3)


def _own_memory(process):
    memory = process.memory_info()
    return memory.rss - memory.shared


def course_with(folder, students, stock=False, each_one=False):
    """A course in whose submitted/ the class lies; with stock=True nbgrader's own preprocessors grade it."""
    init(folder)
    write_class(folder / "submitted", students, each_one)
    if stock:
        config = folder / "nbgrader_config.py"
        ours = r"(?m)^c\.(Autograde|GradeInSandbox)\..*\n(?:    .*\n)*\]?\n?"
        config.write_text(re.sub(ours, "", config.read_text()))
    return folder


def grade(folder, students, jobs, each_one=False):
    """(seconds, peak memory of a process with its sandbox) of the grade command on a new course in `folder`."""
    course = course_with(folder / "course", students, each_one=each_one)
    command = [sys.executable, "-m", "autograder", "grade", course / "submitted", "--course", course]
    return timed([*command, "--jobs", str(jobs), "--device", "cpu"], REPO, folder / "cache")


def grade_with_nbgrader(folder, students):
    """Seconds of `nbgrader autograde` on the three assignments; generate_assignment before it does not count."""
    course = course_with(folder / "course", students, stock=True)
    nbgrader = Path(sys.executable).parent / "nbgrader"
    for assignment in TASKS:
        timed([nbgrader, "generate_assignment", assignment], course, folder / "cache")
    return sum(timed([nbgrader, "autograde", assignment], course, folder / "cache")[0] for assignment in TASKS)


def in_new_folder(measure, *arguments):
    with tempfile.TemporaryDirectory(prefix="losssurf-benchmark-") as folder:
        return measure(Path(folder), *arguments)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=8, help="of the comparison (default: 8, 24 submissions)")
    parser.add_argument("--only-class", type=int, metavar="N", help="grade a class of N with two processes, no more")
    options = parser.parse_args()
    if options.only_class:
        seconds, peak = in_new_folder(grade, options.only_class, 2, True)
        each, memory = seconds / options.only_class, peak / 2**20
        print(f"{options.only_class} students, one notebook each, 2 processes: {seconds / 60:.1f} min, {each:.2f} s a "
              f"submission, at most {memory:.0f} MB a process")  # fmt: skip
        return
    count = len(TASKS) * options.students
    print(f"{count} submissions   seconds   s a submission   ratio   MB a process", flush=True)
    stock = in_new_folder(grade_with_nbgrader, options.students)
    print(f"{'nbgrader autograde':<18}{stock:9.1f}{stock / count:17.2f}{1:8.2f}", flush=True)
    medians = {}
    for jobs in (1, 2):
        runs = [in_new_folder(grade, options.students, jobs) for _ in range(REPEATS)]
        seconds, peak = medians.setdefault(jobs, statistics.median(each for each, _ in runs)), max(p for _, p in runs)
        row = f"{seconds:9.1f}{seconds / count:17.2f}{stock / seconds:8.2f}{peak / 2**20:15.0f}"
        print(f"{f'grade --jobs {jobs}':<18}{row}", flush=True)
    print(f"two processes against one: {medians[1] / medians[2]:.2f}")


if __name__ == "__main__":
    main()
