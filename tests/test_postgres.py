"""A gradebook in a real PostgreSQL server: graded into, marked, exported, by two at once."""

import glob
import os
import pwd
import shutil
import socket
import subprocess
import threading
import time

import pytest
from sample_class import hand_in, source_of

from autograder.by_hand.marking import Marking
from autograder.course.staging import init
from autograder.errors import Refusal
from autograder.export import export
from autograder.grading.grade import grade
from autograder.grading.grades import read_grades

pytestmark = [pytest.mark.night, pytest.mark.usefixtures("sandbox_here")]

PCA, PLANE = "sgd_path_pca", "answer_plane"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of an empty database; skips where there is no PostgreSQL, or no driver."""
    pytest.importorskip("psycopg", reason="the driver psycopg is missing: pip install 'psycopg[binary]'")
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [os.path.dirname(shutil.which("initdb") or "")]
    if not programs[-1]:
        pytest.skip("there is no PostgreSQL here: apt-get install postgresql")
    folder = tmp_path_factory.mktemp("postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    as_user = []
    if os.geteuid() == 0:  # which PostgreSQL refuses
        as_user = ["runuser", "-u", "postgres", "--"]
        owner = pwd.getpwnam("postgres")
        for place in (folder, *list(folder.parents)[:3]):
            place.chmod(0o755)
        os.chown(folder, owner.pw_uid, owner.pw_gid)

    def run(program, *options):
        subprocess.run([*as_user, f"{programs[-1]}/{program}", *options], check=True, capture_output=True)

    run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "teacher")
    run("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o",
        f"-p {port} -k {folder} -c listen_addresses=127.0.0.1", "start")  # fmt: skip
    run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "teacher", "grades")
    yield f"postgresql+psycopg://teacher:secret@127.0.0.1:{port}/grades"
    run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")


def test_a_class_is_graded_marked_and_exported_by_two_at_once(address, tmp_path):
    course, submitted = tmp_path / "course", tmp_path / "submitted"
    init(course)
    answers = {"ada": "numpy_svd", "ben": "gram_matrix", "cem": "ratios_of_the_kept"}
    for student, answer in answers.items():
        hand_in(submitted, student, PCA, source_of(answer, PCA), f"The plane of {student}.")
    grade(submitted, course, jobs=2, db_url=address, students=["ada", "ben"])
    marked, faults = [], []

    def mark():
        try:
            marking = Marking(course, address)
            question = marking.questions[PCA, PLANE]
            for points in (1.0, 2.0, 3.0) * 5:
                marking.mark(question, ["ada", "ben"], "ann", points, [], "Seen.", {"ada": 1, "ben": 1})
                time.sleep(0.2)
            marked.append(len(marking.journal.waiting()))
        except Exception as error:  # of the thread, told below
            faults.append(error)

    other = threading.Thread(target=mark)
    other.start()
    progress = grade(submitted, course, jobs=1, db_url=address, again=True)
    other.join()
    assert (progress.failed, faults, marked) == ([], [], [0])
    works = {student.id: student.works[PCA] for student in read_grades(course, address).students}
    assert {student: work.automatic for student, work in works.items()} == {"ada": 6, "ben": 6, "cem": 4}
    assert (works["ada"].by_hand, works["ben"].by_hand, works["ada"].comments[PLANE]) == (3.0, 3.0, "Seen.")
    (path,) = export(course, "csv", db_url=address).paths
    assert "ada" in path.read_text("utf-8-sig")


def test_an_address_that_leads_nowhere_is_named_without_its_password(address, tmp_path):
    init(tmp_path / "course")
    hand_in(tmp_path / "submitted", "ada", PCA, "pass")
    with pytest.raises(Refusal, match="cannot be used") as refusal:
        grade(tmp_path / "submitted", tmp_path / "course", db_url=address.replace("/grades", "/nothing"))
    assert "secret" not in str(refusal.value) and "nothing" in str(refusal.value)
