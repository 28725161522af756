"""A disk that fills up while a class is graded: said in words, with no half files, and nothing is lost."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sample_class import hand_in, source_of

REPO = Path(__file__).parents[1]
PCA = "sgd_path_pca"
ROOM = 12 * 2**20  # bytes of the disk, a tmpfs, that is the course's

SCRIPT = """
set -u
python=$1 submitted=$2 left=$3
$python -m autograder init /mnt/course > /mnt/init.txt || exit 9
head -c 100000000 /dev/zero > /mnt/filler 2> /mnt/dd.txt
truncate -s -$left /mnt/filler
$python -m autograder grade $submitted --course /mnt/course --jobs 1 --device cpu
echo "first run: $?"
find /mnt/course -name '*.part'
rm /mnt/filler
$python -m autograder grade $submitted --course /mnt/course --jobs 1 --device cpu
echo "second run: $?"
"""


def can_mount():
    """Whether bubblewrap gives a small disk here, in which the grader's own sandbox works."""
    if not shutil.which("bwrap"):
        return False
    command = [
        "bwrap",
        "--dev-bind",
        "/",
        "/",
        "--size",
        str(ROOM),
        "--tmpfs",
        "/mnt",
        "bwrap",
        "--bind",
        "/",
        "/",
        "true",
    ]
    return subprocess.run(command, capture_output=True).returncode == 0


@pytest.mark.night
@pytest.mark.skipif(not can_mount(), reason="no small disk can be mounted here")
@pytest.mark.usefixtures("sandbox_here")
@pytest.mark.parametrize("left", [0, *(pytest.param(left, marks=pytest.mark.night) for left in (400_000, 600_000))])
def test_a_disk_that_fills_up_is_named_and_with_room_again_the_same_command_ends_well(tmp_path, left):
    for student in ("ada", "bob"):
        hand_in(tmp_path / "submitted", student, PCA, f"{source_of('numpy_svd', PCA)}\n# {student}", "A view.")
    script = ["bash", "-c", SCRIPT, "-", sys.executable, tmp_path / "submitted", str(left)]
    command = ["bwrap", "--dev-bind", "/", "/", "--size", str(ROOM), "--tmpfs", "/mnt", "--chdir", REPO, *script]
    done = subprocess.run(command, capture_output=True, text=True)
    first, _, second = done.stdout.partition("first run: ")
    assert second.startswith("2\n"), done.stdout + done.stderr
    assert "disk is full" in done.stderr and "same command again" in done.stderr
    assert "Traceback" not in first + done.stderr and "address" not in done.stderr
    assert ".part" not in second
    assert "2 submissions graded, 0 refused, 0 failed." in second and second.endswith("second run: 0\n")
