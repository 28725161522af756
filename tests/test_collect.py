"""What was handed in is found in every layout, is its own student's, and can neither stop nor flood the grading."""

import io
import os
import shutil
import socket
import struct
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.collecting.submissions import collect
from autograder.errors import Refusal, Unreadable
from autograder.notebook_files import MOST_BYTES

ASSIGNMENTS = ["hessian_spectrum", "mode_connectivity", "sgd_path_pca"]
HESSIAN, PATH = "hessian_spectrum.ipynb", "mode_connectivity.ipynb"
MOODLE = "_assignsubmission_file_"


@pytest.fixture(params=["folder", "zip"])
def handed_in(request, tmp_path):
    """A function from {name: content} to the folder, or the zip, with these files."""

    def make(files):
        if request.param == "zip":
            (tmp_path / "class.zip").write_bytes(zip_of(files))
            return tmp_path / "class.zip"
        for name, content in files.items():
            (tmp_path / "class" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "class" / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path / "class"

    return make


@pytest.fixture
def class_zip(tmp_path):
    """A function from {name: content} to the zip with these files."""

    def make(files):
        (tmp_path / "class.zip").write_bytes(zip_of(files))
        return tmp_path / "class.zip"

    return make


def zip_of(files):
    """The bytes of a zip of {name or ZipInfo: content}."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def damaged(data, name):
    """A zip in which the packed bytes of the file `name` are none that can be unpacked."""
    start = data.index(name.encode()) + len(name)
    return data[:start] + b"\xff" * 8 + data[start + 8 :]


def encrypted(data, name):
    """A zip whose entry `name` claims to be encrypted."""
    data, start = bytearray(data), data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    data[start + 8] |= 1
    return bytes(data)


def of_unknown_compression(data, name):
    """A zip whose entry `name` claims a compression that nobody knows."""
    data, start = bytearray(data), data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    data[start + 10 : start + 12] = struct.pack("<H", 77)
    return bytes(data)


def claiming(data, name, size):
    """A zip whose entry `name` claims another size."""
    data = bytearray(data)
    start = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    data[start + 24 : start + 28] = struct.pack("<I", size)
    return bytes(data)


def unzipped(collected):
    """The folder in which the files of a zip lie while the class is graded."""
    return next(path for path in collected.submissions[0].path.parents if path.name.startswith("losssurf-upload"))


def found(submitted, config=None):
    """{(student, assignment): the content as text} of all that is collected, and what was passed over."""
    with collect(submitted, ASSIGNMENTS, config) as collected:
        order = [(submission.student, submission.assignment) for submission in collected.submissions]
        assert order == sorted(set(order))
        for place, why in collected.passed_over:  # both are printed, and stand in a page
            assert f"{place}{why}".isprintable()
        contents = [submission.read().decode() for submission in collected.submissions]
        return dict(zip(order, contents)), collected.passed_over


# -------------------------------------------------------------------------------------------------------------- layouts


def test_nbgraders_layout_is_read(handed_in):
    files = {f"ada/hessian_spectrum/{HESSIAN}": "1", f"ada/mode_connectivity/{PATH}": "2",
             f"bob/hessian_spectrum/{HESSIAN}": "3", "bob/hessian_spectrum/helper.py": ""}  # fmt: skip
    mine = {("ada", "hessian_spectrum"): "1", ("ada", "mode_connectivity"): "2", ("bob", "hessian_spectrum"): "3"}
    assert found(handed_in(files)) == (mine, [])


def test_a_folder_for_each_student_is_read(handed_in):
    files = {f"ada/{HESSIAN}": "1", f"ada/{PATH}": "2", f"bob/{HESSIAN}": "3"}
    mine = {("ada", "hessian_spectrum"): "1", ("ada", "mode_connectivity"): "2", ("bob", "hessian_spectrum"): "3"}
    assert found(handed_in(files)) == (mine, [])


def test_of_both_layouts_nbgraders_counts(handed_in):
    files = {f"ada/hessian_spectrum/{HESSIAN}": "1", f"ada/{HESSIAN}": "2", f"bob/{HESSIAN}": "3"}
    assert found(handed_in(files))[0] == {("ada", "hessian_spectrum"): "1", ("bob", "hessian_spectrum"): "3"}


def test_files_whose_names_begin_with_the_student_are_read(handed_in):
    files = {f"ada_{HESSIAN}": "1", f"bob-{HESSIAN}": "2", f"cy.d@uni.edu_{PATH}": "3"}
    mine = {("ada", "hessian_spectrum"): "1", ("bob", "hessian_spectrum"): "2",
            ("cy.d@uni.edu", "mode_connectivity"): "3"}  # fmt: skip
    assert found(handed_in(files)) == (mine, [])


@pytest.mark.parametrize("end", [f"{MOODLE}/", MOODLE, "_assignsubmission_file/", f"{MOODLE}/work/"])
def test_moodles_names_are_read_with_the_students_names(handed_in, end):
    files = {f"Ada Lovelace_101{end}{HESSIAN}": "1", f"Søren Å O'Neil-王_102{end}{HESSIAN}": "2",
             f"Søren Å O'Neil-王_102{end}{PATH}": "3"}  # fmt: skip
    submitted = handed_in(files)
    mine = {("101", "hessian_spectrum"): "1", ("102", "hessian_spectrum"): "2", ("102", "mode_connectivity"): "3"}
    assert found(submitted) == (mine, [])
    with collect(submitted, ASSIGNMENTS) as collected:
        names = {submission.student: submission.name for submission in collected.submissions}
    assert names == {"101": {"first_name": "Ada Lovelace"}, "102": {"first_name": "Søren Å O'Neil-王"}}


def test_canvas_names_are_read_late_or_not(handed_in):
    files = {f"lovelaceada_11_201_{HESSIAN}": "1", f"o'neil-王søren_LATE_12_202_{HESSIAN}": "2"}
    submitted = handed_in(files)
    assert found(submitted) == ({("11", "hessian_spectrum"): "1", ("12", "hessian_spectrum"): "2"}, [])
    with collect(submitted, ASSIGNMENTS) as collected:
        assert [submission.name for submission in collected.submissions][0] == {"last_name": "lovelaceada"}


@pytest.mark.parametrize(("owner", "other"), [("la_11_20_", "bb_12_21_"), (f"Ada_11{MOODLE}/", f"Bob_12{MOODLE}/")])
def test_of_several_attempts_the_last_counts(class_zip, owner, other):
    names = ("hessian_spectrum", "hessian_spectrum-2", "hessian_spectrum-10", "hessian_spectrum (9)")
    files = {f"{owner}{name}.ipynb": name for name in names} | {f"{other}hessian_spectrum-1.ipynb": "1"}
    mine = {("11", "hessian_spectrum"): "hessian_spectrum-10", ("12", "hessian_spectrum"): "1"}
    submissions, passed_over = found(class_zip(files))
    assert submissions == mine
    assert {place for place, _ in passed_over} == {f"{owner}{name}.ipynb" for name in names} - {
        f"{owner}hessian_spectrum-10.ipynb"
    }
    assert all(why.startswith("an earlier attempt") and "hessian_spectrum-10" in why for _, why in passed_over)


def test_a_courses_own_pattern_is_tried_first(handed_in):
    files = {f"ps1_ada_attempt_2026-01-30-15-00-00_{HESSIAN}": "1", f"x_11_20_{HESSIAN}": "2"}
    own = r".*_(?P<student_id>\w+)_attempt_(?P<timestamp>[0-9\-]+)_(?P<file_id>\w+)"
    config = Config({"FileNameCollectorPlugin": {"named_regexp": own}})
    submitted = handed_in(files)
    assert found(submitted, config) == ({("11", "hessian_spectrum"): "2", ("ada", "hessian_spectrum"): "1"}, [])


@pytest.mark.parametrize("own", [r".*/(?P<student_id>\w+?)_.*", r".*/(?P<file_id>\w+)", r"(?P<student_id>x)?(.*)"])
def test_a_pattern_of_the_courses_that_gives_no_student_or_assignment_hinders_no_other(class_zip, own):
    config = Config({"FileNameCollectorPlugin": {"named_regexp": own}})
    files = {f"ada_{HESSIAN}": "1"}
    assert found(class_zip(files), config)[0] in ({("ada", "hessian_spectrum"): "1"}, {})


def test_a_pattern_of_the_courses_that_is_none_is_refused_by_its_name(class_zip):
    config = Config({"FileNameCollectorPlugin": {"named_regexp": "("}})
    with pytest.raises(Refusal, match="named_regexp in nbgrader_config.py"):
        found(class_zip({f"ada_{HESSIAN}": "1"}), config)


@pytest.mark.parametrize("folder", ["class", "a/b/c", "Hessian spectrum-2026 (1)"])
def test_a_zip_of_one_folder_is_what_the_folder_is(class_zip, folder):
    files = {f"{folder}/ada/{HESSIAN}": "1", f"{folder}/bob/{HESSIAN}": "2", f"__MACOSX/{folder}/ada/._{HESSIAN}": "x",
             f"{folder}/__MACOSX/ada/{HESSIAN}": "x", f"{folder}/.ipynb_checkpoints/{HESSIAN}": "x"}  # fmt: skip
    submissions, _ = found(class_zip(files))
    assert submissions.items() >= {("ada", "hessian_spectrum"): "1", ("bob", "hessian_spectrum"): "2"}.items()


ALONE = [f"ada/{HESSIAN}", f"ada/hessian_spectrum/{HESSIAN}", f"class/ada/{HESSIAN}", f"Ada L_7{MOODLE}/{HESSIAN}",
         f"Ada L_7{MOODLE}/hessian_spectrum-1.ipynb"]  # fmt: skip


@pytest.mark.parametrize("name", ALONE)
def test_a_zip_with_one_student_is_read(class_zip, name):
    assert [*found(class_zip({name: "1"}))[0].values()] == ["1"]


def test_checkpoints_and_what_macos_adds_count_as_nobodys(handed_in):
    files = {f"ada_{HESSIAN}": "1", f".ipynb_checkpoints/bob_{HESSIAN}": "2", f"__MACOSX/cy_{HESSIAN}": "3"}
    assert found(handed_in(files)) == ({("ada", "hessian_spectrum"): "1"}, [])


@pytest.mark.parametrize("name", [f"._ada_{HESSIAN}", f"bob/._{HESSIAN}", f"bob/hessian_spectrum/._{HESSIAN}"])
def test_files_that_macos_puts_beside_others_are_not_told(handed_in, name):
    assert found(handed_in({f"ada/{HESSIAN}": "1", f"bob/{HESSIAN}": "2", name: "x"}))[1] == []


# --------------------------------------------------------------------------------------------------------------- zips


@pytest.mark.parametrize(("owner", "student"), [
    ("ada", "ada"), (f"Ada L_11{MOODLE}/work", "11"), (f"Ada L_11{MOODLE}work", "11"), ("la_11_20_work", "11"),
    ("la_LATE_11_20_work-1", "11"),
])  # fmt: skip
@pytest.mark.parametrize("inside", ["", "lab/", "hessian_spectrum/", "a/b/", "bob_12_20_/", f"Bob_12{MOODLE}/", "bob/"])
def test_what_lies_in_a_students_zip_is_that_students(class_zip, owner, student, inside):
    inner = zip_of({f"{inside}{HESSIAN}": "1", f"__MACOSX/{inside}._{HESSIAN}": "x"})
    other, others_file = ("zoe", f"zoe/{HESSIAN}") if owner == "ada" else ("13", f"zoe_13_20_{HESSIAN}")
    submissions, _ = found(class_zip({f"{owner}.zip": inner, others_file: "2"}))
    assert submissions == {(student, "hessian_spectrum"): "1", (other, "hessian_spectrum"): "2"}


OTHERS = {
    "Moodle's folders": (f"Bob_999{MOODLE}/", f"Eve_1{MOODLE}/Bob_999{MOODLE}hessian_spectrum-9.ipynb"),
    "Moodle's files": (f"Bob_999{MOODLE}", f"Eve_1{MOODLE}Bob_999{MOODLE}hessian_spectrum-9.ipynb"),
    "Canvas": ("bob_999_5_", "eve_1_6_bob_999_7_hessian_spectrum-9.ipynb"),
    "Moodle's in Canvas": ("bob_999_5_", f"eve_1_6_x_999{MOODLE}hessian_spectrum-9.ipynb"),
    "Canvas in Moodle's": (f"Bob_999{MOODLE}", f"Eve_1{MOODLE}bob_999_7_hessian_spectrum-9.ipynb"),
}


@pytest.mark.parametrize("platform", OTHERS)
def test_no_name_that_a_student_chooses_makes_the_file_another_students(handed_in, platform):
    owner, forged = OTHERS[platform]
    submissions, passed_over = found(handed_in({f"{owner}{HESSIAN}": "Bob's", forged: "Eve's"}))
    assert submissions == {("999", "hessian_spectrum"): "Bob's", ("1", "hessian_spectrum"): "Eve's"}
    assert passed_over == []


DAMAGE = {"bytes that are none": damaged, "a password": encrypted, "an unknown compression": of_unknown_compression}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_students_zip_costs_only_that_student_the_points_where_it_has(class_zip, damage):
    inner = DAMAGE[damage](zip_of({HESSIAN: "1" * 1000}), HESSIAN)
    submissions, passed_over = found(class_zip({"ada.zip": inner, f"bob/{HESSIAN}": "2"}))
    assert submissions == {("bob", "hessian_spectrum"): "2"}
    assert [place.partition(":")[0] for place, _ in passed_over] == ["ada.zip"]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_file_in_the_classs_zip_costs_only_one_student_the_points_where_it_has(class_zip, damage):
    name = f"ada/{HESSIAN}"
    submitted = class_zip({name: "1" * 1000, f"bob/{HESSIAN}": "2"})
    submitted.write_bytes(DAMAGE[damage](submitted.read_bytes(), name))
    submissions, passed_over = found(submitted)
    assert submissions[("bob", "hessian_spectrum")] == "2" and [place for place, _ in passed_over] == [name]


@pytest.mark.parametrize("name", [f"ada/{'x' * 300}.ipynb", "bob/hessian_spectrum.ipynb/b.ipynb"])
def test_a_name_in_the_classs_zip_that_no_file_can_have_stops_nobody_else(class_zip, name):
    submissions, passed_over = found(class_zip({f"bob/{HESSIAN}": "2", f"cy/{HESSIAN}": "3", name: "1"}))
    assert [*submissions.values()] == ["2", "3"] and name in dict(passed_over)


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"no zip", bytes(1000)])
def test_a_students_zip_that_is_none_is_passed_over_and_told(class_zip, content):
    submissions, ((place, why),) = found(class_zip({"ada.zip": content, f"bob/{HESSIAN}": "2"}))
    assert submissions == {("bob", "hessian_spectrum"): "2"} and place == "ada.zip" and "cannot be unzipped" in why


@pytest.mark.parametrize("name", ["../../ada", "/etc", "//server", "../" * 40 + "tmp", "C:", "ada\0bob"])
def test_no_name_in_a_zip_leads_out_of_its_folder(class_zip, tmp_path, name):
    before = sorted(tmp_path.rglob("*"))
    inner = zip_of({f"{name}/{HESSIAN}": "1"})
    submitted = class_zip({f"{name}/{HESSIAN}": "1", "zoe.zip": inner, f"bob/{HESSIAN}": "2"})
    with collect(submitted, ASSIGNMENTS) as collected:
        folder = unzipped(collected)
        assert all(submission.path.resolve().is_relative_to(folder) for submission in collected.submissions)
        assert sorted(tmp_path.rglob("*")) == [*before, submitted]
        assert not Path(f"/etc/{HESSIAN}").exists() and not Path(f"/tmp/{HESSIAN}").exists()
    assert not folder.exists(), "what was unzipped is left behind"


def test_a_link_in_a_zip_is_a_file_with_its_text(class_zip):
    link = zipfile.ZipInfo(f"ada/{HESSIAN}")
    link.external_attr = 0o120777 << 16
    submissions, _ = found(class_zip({link: "/etc/passwd", f"bob/{HESSIAN}": "2"}))
    assert submissions[("ada", "hessian_spectrum")] == "/etc/passwd"


@pytest.mark.parametrize("owners", [("ada", "bob"), (f"A_11{MOODLE}/x", f"B_12{MOODLE}/x"), ("a_11_2_x", "b_12_3_x")])
def test_students_zips_in_one_folder_are_each_ones_own(class_zip, owners):
    files = {f"class/{owner}.zip": zip_of({HESSIAN: owner}) for owner in owners}
    assert sorted(found(class_zip(files))[0].values()) == sorted(owners)


def test_a_zip_in_a_students_folder_is_read_and_not_told(class_zip):
    files = {"ada/work.zip": zip_of({HESSIAN: "1"}), f"bob/{HESSIAN}": "2"}
    mine = {("ada", "hessian_spectrum"): "1", ("bob", "hessian_spectrum"): "2"}
    assert found(class_zip(files)) == (mine, [])


@pytest.mark.parametrize("name", ["ada.zip", f"Ada L_11{MOODLE}/work.zip", "la_11_20_work.zip"])
def test_a_zip_in_a_folder_is_read_or_told(tmp_path, name):
    for path, content in ((name, zip_of({HESSIAN: "1"})), (f"bob/{HESSIAN}", b"2")):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    submissions, passed_over = found(tmp_path)
    assert len(submissions) + len(passed_over) == 2


def test_a_file_beside_the_same_students_folder_is_told(handed_in):
    submissions, passed_over = found(handed_in({f"ada/{HESSIAN}": "1", f"ada_{HESSIAN}": "2", f"bob/{HESSIAN}": "3"}))
    assert len(submissions) == 2 and len(passed_over) == 1


def test_a_folder_that_is_called_as_an_assignment_hides_no_other(handed_in):
    submissions, _ = found(handed_in({f"hessian_spectrum/{HESSIAN}": "1", f"bob_{HESSIAN}": "2", "notes.txt": ""}))
    assert submissions[("bob", "hessian_spectrum")] == "2"


def test_what_is_told_of_a_students_zip_stays_short(class_zip):
    inner = zip_of({f"{number}.ipynb": "" for number in range(1000)})
    assert 0 < len(found(class_zip({"ada.zip": inner, f"bob/{HESSIAN}": "2"}))[1]) < 50


# ------------------------------------------------------------------------------------------------ what platforms export


NOTEBOOK = '{"cells": [], "nbformat": 4, "hessian": 1}'


@pytest.mark.parametrize(("old", "new"), [
    ("anon_aB3x9_4711_hessian_spectrum.ipynb", "anon_aB3x9_4713_hessian_spectrum-1.ipynb"),
    ("anon_LATE_aB3x9_4711_hessian_spectrum.ipynb", "anon_aB3x9_4712_hessian_spectrum.ipynb"),
    ("doe_101_900_hessian_spectrum (1).ipynb", "doe_101_990_hessian_spectrum.ipynb"),
    ("van_dyke_101_900_hessian_spectrum.ipynb", "van_dyke_LATE_101_1000_hessian_spectrum.ipynb"),
    ("_101_900_hessian_spectrum.ipynb", "_101_901_hessian_spectrum.ipynb"),
    (f"10-22 - Ada Lang - 3 May, 2024 1159 PM/{HESSIAN}", f"10-22 - Ada Lang - 14 May, 2024 130 AM/{HESSIAN}"),
    (f"10-22 - Ada - Lang - May 3, 2024 1159 AM/{HESSIAN}", f"10-22 - Ada - Lang - May 3, 2024 1201 PM/{HESSIAN}"),
    (f"10-22 - Ada Lang - 3 May, 2024 2359 - {HESSIAN}", f"10-22 - Ada Lang - 4 May, 2024 0001 - {HESSIAN}"),
    (f"Lab 1_ada_l_attempt_2024-05-03-10-11-12_{HESSIAN}", f"Lab 1_ada_l_attempt_2024-05-04-10-11-12_{HESSIAN}"),
    (f"hessian_spectrum_ada_attempt_2024-05-03-10-11-12_{HESSIAN}",
     "hessian_spectrum_ada_attempt_2024-05-03-10-11-13_hessian spectrum.ipynb"),
])  # fmt: skip
def test_a_later_attempt_on_a_platform_counts_and_it_is_said(handed_in, old, new):
    submissions, passed_over = found(handed_in({old: "old", new: NOTEBOOK, "doe_7_8_mode_connectivity.ipynb": "x"}))
    assert len(submissions) == 2 and NOTEBOOK in submissions.values()
    assert passed_over == [(old, f"an earlier attempt: the newest counts: {new}")]


IDS = {
    f"anon_aB3x9_4711_{HESSIAN}": "anon_aB3x9", f"van_dyke_101_900_{HESSIAN}": "101", f"_105_904_{HESSIAN}": "105",
    f"李雷_LATE_104_903_{HESSIAN}": "104", f"Teilnehmer_in_112{MOODLE}{HESSIAN}": "112",
    f"Group A_B-Jo Doe_114{MOODLE}/sub/{HESSIAN}": "114", f"Kim_115{MOODLE}/Copy of {HESSIAN}": "115",
    f"11-22 - Ada Lang - 3 May, 2024 1159 PM/{HESSIAN}": "11",
    f"Lab_ada_l_attempt_2024-05-03-10-11-12_{HESSIAN}": "ada_l",
    f"lab-ada-l/notebooks/{HESSIAN}": "lab-ada-l", f"submission_4711/{HESSIAN}": "submission_4711",
}  # fmt: skip


@pytest.mark.parametrize("name", IDS)
def test_the_names_of_platforms_say_whose_a_file_is(handed_in, name):
    other = f"zoe/{HESSIAN}"
    assert {student for student, _ in found(handed_in({name: "1", other: "2"}))[0]} == {IDS[name], "zoe"}


ATTEMPT, MAY = "_attempt_2024-05-03-10-11-12_", "3 May, 2024 1159 PM"
ANOTHERS = [
    (f"Lab_bob{ATTEMPT}{HESSIAN}", f"Lab_eve{ATTEMPT}bob{ATTEMPT}{HESSIAN}"),
    (f"Lab_999{ATTEMPT}{HESSIAN}", f"Lab_eve{ATTEMPT}x_999_20_{HESSIAN}"),
    (f"Lab_999{ATTEMPT}{HESSIAN}", f"Lab_eve{ATTEMPT}x_999{MOODLE}{HESSIAN}"),
    (f"bob_999_5_{HESSIAN}", f"eve_LATE_1_6_x_999{MOODLE}{HESSIAN}"),
    (f"bob_999_5_{HESSIAN}", f"eve_1_6_x_999_7_{HESSIAN}"),
    (f"9-2 - Bob - {MAY}/{HESSIAN}", f"1-2 - Eve - {MAY}/9-2 - Bob - {MAY}/{HESSIAN}"),
    (f"anon_aB3x9_5_{HESSIAN}", f"anon_eve99_5_anon_aB3x9_7_{HESSIAN}"),
    (f"bob/hessian_spectrum/{HESSIAN}", f"eve/bob/hessian_spectrum/{HESSIAN}"),
]


@pytest.mark.parametrize(("bobs", "eves"), ANOTHERS, ids=range(len(ANOTHERS)))
def test_what_a_student_writes_behind_the_platforms_part_is_that_students_alone(handed_in, bobs, eves):
    submissions, _ = found(handed_in({bobs: "Bob's", eves: "Eve's"}))
    assert sorted(submissions.values()) == ["Bob's", "Eve's"]


GRADESCOPES = """---
submission_4711:
  :submitters:
  - :name: Ada Lang
    :sid: '0101'
    :email: ada@x.edu
  - :name: Bo Ek
    :sid:
    :email: bo@x.edu
  :created_at: 2024-05-03 12:11:12.123456789 +02:00
submission_4712:
  :submitters:
  - :name: Cy Dee
    :sid: ''
    :email:
  :created_at: never
"""


def test_gradescopes_export_says_whose_each_submission_is_and_a_groups_work_is_each_ones(handed_in):
    files = {f"assignment_7_export/submission_{number}/{HESSIAN}": str(number) for number in (4711, 4712, 4713)}
    submitted = handed_in(files | {"assignment_7_export/submission_metadata.yml": GRADESCOPES})
    with collect(submitted, ASSIGNMENTS) as collected:
        got = {each.student: (each.read(), each.timestamp, each.name) for each in collected.submissions}
    time = datetime(2024, 5, 3, 10, 11, 12, 123456)
    assert got == {
        "0101": (b"4711", time, {"first_name": "Ada Lang"}), "bo@x.edu": (b"4711", time, {"first_name": "Bo Ek"}),
        "Cy Dee": (b"4712", None, {"first_name": "Cy Dee"}), "submission_4713": (b"4713", None, {}),
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "- 1", "a: b", "{", "x: &x [*x, *x]", "submission_1: {':submitters': [1]}"])
def test_a_list_of_gradescopes_that_is_none_costs_nobody_a_grade(handed_in, text):
    submitted = handed_in({f"submission_1/{HESSIAN}": "1", "submission_metadata.yml": text, f"b/{HESSIAN}": "2"})
    assert ("submission_1", "hessian_spectrum") in found(submitted)[0]


def test_a_zip_of_windows_is_read_with_its_backslashes(class_zip):
    def entry(name):
        info = zipfile.ZipInfo("x")
        info.filename = name
        return info

    inner = zip_of({entry(f"work\\{HESSIAN}"): "3"})
    files = {entry(f"class\\ada\\hessian_spectrum\\{HESSIAN}"): "1", entry(f"class\\bob\\{HESSIAN}"): "2",
             entry("class\\cy\\"): "", entry("class\\di\\work.zip"): inner}  # fmt: skip
    submissions, passed_over = found(class_zip(files))
    assert {student: text for (student, _), text in submissions.items()} == {"ada": "1", "bob": "2", "di": "3"}
    assert passed_over == [("cy/", "the folder is empty")]


def test_names_in_a_zip_that_does_not_say_that_they_are_utf8_are_read_as_what_they_are(class_zip):
    submitted = class_zip({f"MXXller/{HESSIAN}": "1", f"JXXXXo/{HESSIAN}": "2"})
    data = submitted.read_bytes().replace(b"MXXller", b"M\x81\x81ller")  # ü as DOS has it
    submitted.write_bytes(data.replace(b"XXXX", "öã".encode()))
    assert {student for student, _ in found(submitted)[0]} == {"Müüller", "Jöão"}


# ----------------------------------------------------------------------------------------- names that people give files


PCA = ["sgd_path_pca (1).ipynb", "Copy of sgd_path_pca.ipynb", "Kopie von sgd_path_pca.ipynb",
       "sgd_path_pca_final.ipynb", "sgd-path-pca.ipynb", "SGD Path PCA.ipynb", "sgd_path_pca-Copy1.ipynb",
       "sgd_path_pca 2.ipynb", "mueller_sgd_path_pca.ipynb", "sgd_path_pca.ipynb.txt", "sgd_path_pca.ipynb.json",
       "sgd_path_pca.json", "my/own/folder/sgd_path_pca.ipynb", "sgd_path_pca.zip"]  # fmt: skip


@pytest.mark.parametrize("name", PCA)
def test_the_one_notebook_that_may_be_an_assignment_is_taken_for_it_and_a_remark_says_so(handed_in, name):
    content = NOTEBOOK if not name.endswith("zip") else zip_of({"a.zip": zip_of({"Sgd path pca (3).ipynb": NOTEBOOK})})
    submitted = handed_in({f"ada/{name}": content, f"bob/{HESSIAN}": "2"})
    assert found(submitted) == ({("ada", "sgd_path_pca"): NOTEBOOK, ("bob", "hessian_spectrum"): "2"}, [])
    with collect(submitted, ASSIGNMENTS) as collected:
        (remark,) = collected.submissions[0].repairs
        assert "was taken for sgd_path_pca.ipynb" in remark and collected.submissions[1].repairs == []


MARKS = {"hessian_spectrum": ['"a"', '"b"', '"c"'], "mode_connectivity": ['"d"', '"e"', '"f"']}


def test_a_notebook_of_any_name_is_known_by_what_it_holds(handed_in):
    text = '{"nbformat": 4, "cells": ["d", "e", "f"]}'
    names = ["lab.ipynb", "hessian_spectrum_2.ipynb", "notebook.txt", "kernel", "lab.zip"]
    files = {f"s{number}/{name}": zip_of({"x.ipynb": text}) if name.endswith("zip") else text
             for number, name in enumerate(names)}  # fmt: skip
    with collect(handed_in(files | {"t/lab.ipynb": '{"nbformat": 4}'}), ASSIGNMENTS, None, MARKS) as collected:
        assert [each.assignment for each in collected.submissions] == ["mode_connectivity"] * len(names)
        assert [place for place, _ in collected.passed_over] == ["t/lab.ipynb"]


def test_a_notebook_that_is_called_as_another_assignment_is_told(handed_in):
    text = '{"nbformat": 4, "cells": ["d", "e", "f"]}'
    with collect(handed_in({f"ada/{HESSIAN}": text, f"bob/{HESSIAN}": "2"}), ASSIGNMENTS, None, MARKS) as collected:
        ada, bob = collected.submissions
        assert ada.assignment == "hessian_spectrum" and "holds the notebook mode_connectivity" in ada.eye[0]
        assert bob.eye == []


@pytest.mark.parametrize("names", [
    ("Copy of hessian_spectrum.ipynb", "hessian_spectrum_final.ipynb"), (f"a/{HESSIAN}", f"b/{HESSIAN}"),
])  # fmt: skip
def test_of_several_notebooks_that_may_be_an_assignment_none_is_taken_unless_they_are_the_same(handed_in, names):
    files = {f"ada/{name}": f"{number}" for number, name in enumerate(names)} | {f"bob/{HESSIAN}": "2"}
    submissions, passed_over = found(handed_in(files))
    assert [*submissions] == [("bob", "hessian_spectrum")]
    assert sorted(place for place, _ in passed_over) == sorted(f"ada/{name}" for name in names)
    assert all("2 notebooks may be hessian_spectrum" in why for _, why in passed_over)
    same = found(handed_in(files | {f"ada/{name}": "1" for name in names}))
    assert same[0][("ada", "hessian_spectrum")] == "1" and len(same[1]) == 1


@pytest.mark.parametrize(
    "name", ["hessian_spectrum-checkpoint.ipynb", "hessian_spectrum_final.ipynb", "sub/" + HESSIAN]
)
def test_a_notebook_of_the_right_name_counts_before_others(handed_in, name):
    submissions, passed_over = found(handed_in({f"ada/{HESSIAN}": "1", f"ada/{name}": "2", f"bob/{HESSIAN}": "3"}))
    assert submissions[("ada", "hessian_spectrum")] == "1" and [place for place, _ in passed_over] == [f"ada/{name}"]


def test_a_checkpoint_is_nobodys_submission(handed_in):
    files = {"ada/hessian_spectrum-checkpoint.ipynb": "1", f"bob/{HESSIAN}": "2"}
    submissions, passed_over = found(handed_in(files))
    assert len(submissions) == 1 and passed_over[0][0] in files


def test_one_students_folders_in_two_forms_of_unicode_are_one_students(handed_in):
    files = {f"Jose\u0301/{HESSIAN}": "1", f"Jos\u00e9/hessian_spectrum/{HESSIAN}": "2"}
    submissions, passed_over = found(handed_in(files))
    assert submissions == {("Jos\u00e9", "hessian_spectrum"): "2"}
    assert passed_over[0][1].startswith("there is another of the same student")


# ------------------------------------------------------------------------------------------------------ nobody vanishes


ODD_FILES = ["a.html", "a.pdf", "a.py", "a.png", "a.rar", "a.tar.gz", "hessian_spectrum.html", "a.docx", "a.ipynb",
             "a.txt", "a.json", "deep/a.pdf"]  # fmt: skip


@pytest.mark.parametrize("name", ODD_FILES)
@pytest.mark.parametrize("owner", ["ada/", f"Ada_11{MOODLE}/", "doe_11_20_"])
def test_a_file_that_is_no_submission_is_named_with_its_owner(handed_in, owner, name):
    if owner == "doe_11_20_" and "/" in name:
        return
    submitted = handed_in({f"{owner}{name}": "x", f"zoe/{HESSIAN}": "1"})
    submissions, passed_over = found(submitted)
    assert [*submissions] == [("zoe", "hessian_spectrum")] and [place for place, _ in passed_over] == [owner + name]
    with collect(submitted, ASSIGNMENTS) as collected:
        assert collected.idle == {"ada" if owner == "ada/" else "11"}


def test_each_file_and_each_empty_folder_has_one_fate_and_the_numbers_add_up(handed_in, tmp_path):
    files = {f"ada/hessian_spectrum/{HESSIAN}": "1", "ada/hessian_spectrum/plot.png": "", "ada/notes.txt": "",
             f"bob/{HESSIAN}": "2", f"bob/{PATH}": "3", "cy/a.html": "", "di/a.zip": b"no zip",
             "eve/a.zip": zip_of({HESSIAN: "4", "x.ipynb": "", "y.ipynb": ""}), "loose.pdf": "",
             "Copy of hessian_spectrum.ipynb": ""}  # fmt: skip
    submitted = handed_in(files)
    if submitted.is_dir():
        (submitted / "fay").mkdir()
        (submitted / "gus" / ".ipynb_checkpoints").mkdir(parents=True)
        (submitted / "hal").symlink_to(submitted / "ada")
    else:
        with zipfile.ZipFile(submitted, "a") as archive:
            for name in ("fay/", "gus/", "hal/"):
                archive.writestr(name, "")
    with collect(submitted, ASSIGNMENTS) as collected:
        assert len(collected.submissions) == 4
        assert collected.counts == {"taken": 4, "beside": 2, "passed over": 7}
        assert collected.idle >= {"cy", "di", "fay", "gus", "loose"} and not collected.idle & {"ada", "bob", "eve"}


def test_of_a_student_with_many_files_and_no_notebook_a_few_are_named_and_the_rest_counted(handed_in):
    files = {f"ada/{number}.py": "" for number in range(50)}
    _, passed_over = found(handed_in(files | {f"bob/{HESSIAN}": "1"}))
    assert len(passed_over) < 10 and "and 45 more files" in passed_over[-1][1]


@pytest.mark.parametrize(("name", "depth"), [("x" * 250, 20), ("x", 1500)])
def test_a_folder_too_deep_to_be_read_is_named(tmp_path, name, depth):
    deep = tmp_path / "class" / "ada"
    deep.mkdir(parents=True)
    (tmp_path / "class" / "bob").mkdir()
    (tmp_path / "class" / "bob" / HESSIAN).write_text("1")
    here = os.getcwd()
    try:
        os.chdir(deep)
        for _ in range(depth):  # longer than any path may be, or than a walk may call itself
            os.mkdir(name)
            os.chdir(name)
    finally:
        os.chdir(here)
    submissions, passed_over = found(tmp_path / "class")
    assert len(submissions) == 1 and passed_over[0][0].startswith("ada/x")
    subprocess.run(["rm", "-r", tmp_path], check=True)  # Python's own removal would call itself too often


def test_sockets_pipes_and_loops_of_links_in_a_students_folder_stop_nobody(tmp_path):
    ada, bob = tmp_path / "ada", tmp_path / "bob"
    for folder in (ada, bob):
        folder.mkdir()
    (bob / HESSIAN).write_text("1")
    os.mkfifo(ada / "hessian_spectrum.txt")
    (ada / "hessian_spectrum").symlink_to("hessian_spectrum.json")
    (ada / "hessian_spectrum.json").symlink_to("hessian_spectrum")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(ada / "s"))
        submissions, passed_over = found(tmp_path)
    assert len(submissions) == 1
    assert {place for place, _ in passed_over} == {f"ada/{path.name}" for path in ada.iterdir()}


def test_of_two_files_of_one_name_in_a_zip_the_last_counts_and_it_is_said(class_zip):
    with pytest.warns(UserWarning, match="Duplicate"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for text in ("1", "2"):
                archive.writestr(f"ada/{HESSIAN}", text)
            archive.writestr(f"bob/{HESSIAN}", "3")
    submitted = class_zip({})
    submitted.write_bytes(buffer.getvalue())
    submissions, passed_over = found(submitted)
    assert submissions[("ada", "hessian_spectrum")] == "2" and "another of that name" in passed_over[0][1]


def test_of_two_zips_of_one_student_one_counts_as_it_is_and_the_other_is_named(handed_in):
    files = {"ada/a.zip": zip_of({HESSIAN: "1"}), "ada/b.zip": zip_of({HESSIAN: "2", PATH: "3"}), f"bob/{HESSIAN}": "4"}
    submitted = handed_in(files)
    submissions, passed_over = found(submitted)
    assert [*submissions.values()] == ["1", "3", "4"]
    assert [place for place, _ in passed_over] == [f"ada/b.zip: {HESSIAN}"]
    with collect(submitted, ASSIGNMENTS) as collected:
        assert collected.counts == {"taken": 3}


def test_of_a_zip_of_very_many_notebooks_only_some_are_looked_into(class_zip):
    inner = zip_of({f"{number}.ipynb": NOTEBOOK for number in range(3000)})
    with collect(class_zip({"ada.zip": inner, f"bob/{HESSIAN}": "2"}), ASSIGNMENTS) as collected:
        assert len([*unzipped(collected).glob("students/**/*.ipynb")]) == 100


def test_a_zip_with_dates_that_are_none_is_read(class_zip):
    info = zipfile.ZipInfo(f"ada/{HESSIAN}", (1980, 0, 0, 0, 0, 0))
    assert found(class_zip({info: "1", f"bob/{HESSIAN}": "2"}))[0][("ada", "hessian_spectrum")] == "1"


# ------------------------------------------------------------------------------------------------------ zips that swell


def disk_use(submitted):
    """Bytes that lie unzipped while the class is graded."""
    with collect(submitted, ASSIGNMENTS) as collected:
        folder = unzipped(collected)
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_notebook_that_swells_is_passed_over_by_the_size_that_it_claims(class_zip):
    big = bytes(MOST_BYTES + 1)
    files = {f"ada/{HESSIAN}": big, "bob.zip": zip_of({HESSIAN: big}), f"cy/{HESSIAN}": ""}
    submissions, passed_over = found(class_zip(files))
    assert [*submissions] == [("cy", "hessian_spectrum")]
    assert {place for place, _ in passed_over} == {f"ada/{HESSIAN}", f"bob.zip: {HESSIAN}"}
    assert all("20,971,521 bytes" in why for _, why in passed_over)


def test_a_zip_that_claims_more_than_a_disk_holds_is_refused(class_zip):
    submitted = class_zip({f"{name}.zip": "x" for name in range(10)})
    data = submitted.read_bytes()
    for name in range(10):
        data = claiming(data, f"{name}.zip", 2**32 - 2)
    submitted.write_bytes(data)
    with pytest.raises(Refusal, match="bytes"):
        found(submitted)


@pytest.mark.parametrize("claimed", [0, 10])
def test_a_notebook_that_claims_less_than_it_has_swells_no_further(class_zip, claimed):
    inner = claiming(zip_of({HESSIAN: bytes(10 * 2**20)}), HESSIAN, claimed)
    assert disk_use(class_zip({"ada.zip": inner, f"bob/{HESSIAN}": "2"})) < 2**20


@pytest.mark.parametrize("name", ["{}/" + HESSIAN, "{}.ipynb", "{}.txt", "{}.py"])
def test_a_students_zip_of_many_files_swells_no_further_than_its_notebooks(class_zip, name):
    content = bytes(900) if name.endswith(".txt") else bytes(2**20)
    inner = zip_of({name.format(number): content for number in range(100)})
    assert disk_use(class_zip({"ada.zip": inner, f"bob/{HESSIAN}": "2"})) < 4 * 2**20


def test_zips_in_a_zip_in_a_students_zip_are_not_unzipped(class_zip):
    layer = zip_of({HESSIAN: bytes(2**20)})
    for _ in range(5):
        layer = zip_of({f"{number}.zip": layer for number in range(3)})
    assert disk_use(class_zip({"ada.zip": layer, f"bob/{HESSIAN}": "2"})) < 2**20


# ---------------------------------------------------------------------------------------------------------------- names


NAMES = ["Ada Lovelace", "Lovelace, Ada", "O'Neil \"Bob\"", "Ångström-Ñuñez", "王小明", "محمد", "a.b@c.edu", "100%",
         "{x}", "[x]*?", "$(id)", "-rf", "a;b|c&d", "=1+1", "<b>bold", "🎓"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_students_of_all_names_are_found_by_them(handed_in, name):
    assert found(handed_in({f"{name}/{HESSIAN}": "1", f"zoe/{HESSIAN}": "2"}))[0][(name, "hessian_spectrum")] == "1"


@pytest.mark.parametrize("name", [" ada", "ada ", "a\nb", "a\x1b[31mb", "a\u202eb", "x" * 101])
def test_a_name_that_no_gradebook_can_show_is_passed_over_and_told(tmp_path, name):
    for student in (name, "zoe"):
        (tmp_path / student).mkdir()
        (tmp_path / student / HESSIAN).write_text("1")
    with collect(tmp_path, ASSIGNMENTS) as collected:
        assert [submission.student for submission in collected.submissions] == ["zoe"]
        ((_, why),) = collected.passed_over
    assert why == "the name of the student is none that a gradebook can show"


@pytest.mark.parametrize("name", [b"\xff\xfe", b"a\x1b[31mb"])
def test_what_is_told_of_a_strange_name_can_be_printed(tmp_path, name):
    for student in (name, b"zoe"):
        folder = os.fsencode(tmp_path) + b"/" + student
        os.mkdir(folder)
        Path(os.fsdecode(folder), HESSIAN).write_text("1")
    submissions, passed_over = found(tmp_path)
    assert [*submissions] == [("zoe", "hessian_spectrum")] and len(passed_over) == 1


def test_no_students_folder_is_above_the_course(tmp_path):
    (tmp_path / f"..-{HESSIAN}").write_text("1")
    (tmp_path / f"zoe-{HESSIAN}").write_text("1")
    assert [*found(tmp_path)[0]] == [("zoe", "hessian_spectrum")]


MISNAMED = ["hessian_spectrum (1).ipynb", "Hessian_Spectrum.ipynb", "hessian_spectrum/hessian.ipynb", "work.zip"]


@pytest.mark.parametrize("name", MISNAMED)
def test_a_student_whose_file_is_misnamed_beside_others_is_found_or_told(handed_in, name):
    content = zip_of({"spectrum.ipynb": "1"}) if name.endswith("zip") else "1"
    submissions, passed_over = found(handed_in({f"ada/{HESSIAN}": "1", f"bob/{name}": content}))
    assert "bob" in str([*submissions, *passed_over])


# ---------------------------------------------------------------------------------------------- files that are no files


def test_links_and_pipes_in_place_of_notebooks_are_unreadable_and_wait_for_nobody(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for student in ("fifo", "link", "loop", "gone", "zoe"):
        (tmp_path / "class" / student).mkdir(parents=True)
    os.mkfifo(tmp_path / "class" / "fifo" / HESSIAN)
    (tmp_path / "class" / "link" / HESSIAN).symlink_to(secret)
    (tmp_path / "class" / "loop" / HESSIAN).symlink_to(HESSIAN)
    (tmp_path / "class" / "gone" / HESSIAN).symlink_to("nowhere")
    (tmp_path / "class" / "zoe" / HESSIAN).write_text("1")
    with collect(tmp_path / "class", ASSIGNMENTS) as collected:
        for submission in collected.submissions:
            if submission.student == "zoe":
                assert submission.read() == b"1"
            else:
                with pytest.raises(Unreadable, match="no plain file|cannot be read"):
                    submission.read()
        assert len(collected.submissions) == 5


def test_a_folder_in_place_of_a_notebook_is_unreadable(handed_in):
    with collect(handed_in({f"ada/{HESSIAN}/{HESSIAN}": "1", f"bob/{HESSIAN}": "2"}), ASSIGNMENTS) as collected:
        with pytest.raises(Unreadable, match="no plain file"):
            collected.submissions[0].read()


def test_what_lies_behind_a_link_to_a_folder_is_passed_over_and_told(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / HESSIAN).write_text("secret")
    (tmp_path / "class" / "bob").mkdir(parents=True)
    (tmp_path / "class" / "ada").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "class" / "bob" / "hessian_spectrum").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "class" / "zoe").mkdir()
    (tmp_path / "class" / "zoe" / HESSIAN).write_text("1")
    submissions, passed_over = found(tmp_path / "class")
    assert [*submissions] == [("zoe", "hessian_spectrum")]
    places = ["ada", "bob/hessian_spectrum"]
    assert [place for place, _ in passed_over] == places and all("link" in why for _, why in passed_over)


def test_a_file_larger_than_a_notebook_is_unreadable_before_it_is_read(tmp_path):
    (tmp_path / "ada").mkdir()
    with open(tmp_path / "ada" / HESSIAN, "wb") as file:
        file.truncate(2**40)  # a hole, which takes no room
    with collect(tmp_path, ASSIGNMENTS) as collected, pytest.raises(Unreadable, match="MB; 20 are the most"):
        collected.submissions[0].read()


# ---------------------------------------------------------------------------------------------------------------- times


def time_of(tmp_path, text):
    """What the file timestamp.txt with this text, or these bytes, says."""
    folder = tmp_path / "ada" / "hessian_spectrum"
    folder.mkdir(parents=True)
    (folder / HESSIAN).write_text("1")
    (folder / "timestamp.txt").write_bytes(text.encode() if isinstance(text, str) else text)
    with collect(tmp_path, ASSIGNMENTS) as collected:
        return collected.submissions[0].timestamp


@pytest.mark.parametrize("text", ["2026-11-24 12:00:00 UTC\n", "2026-11-24 12:00:00.000000 UTC"])
def test_the_time_that_nbgrader_wrote_is_read_as_utc(tmp_path, text):
    assert time_of(tmp_path, text) == datetime(2026, 11, 24, 12)


ODD = ["", "yesterday", "2026-13-45 99:00:00 UTC", b"\xff\xfe\x00", "9" * 10_000, "2026-11-24 12:00:00 99999999999999"]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_a_time_that_is_none_is_unknown(tmp_path, text):
    assert time_of(tmp_path, text) is None


@pytest.mark.parametrize("text", [*ODD, "2026-11-24 12:00:00 XYZ", "24.11.2026 12:00"])
@pytest.mark.parametrize("layout", ["ada/hessian_spectrum", "ada"])
def test_a_time_that_cannot_be_read_is_told_and_never_on_time_without_a_word(tmp_path, layout, text):
    (tmp_path / layout).mkdir(parents=True)
    (tmp_path / layout / HESSIAN).write_text("1")
    (tmp_path / layout / "timestamp.txt").write_bytes(text.encode() if isinstance(text, str) else text)
    with collect(tmp_path, ASSIGNMENTS) as collected:
        (remark,) = collected.submissions[0].eye
        assert "no time that can be read" in remark and remark.isprintable()


@pytest.mark.parametrize("zone", ["..", "../x"])
def test_a_time_whose_zone_is_a_file_is_unknown(tmp_path, zone):
    assert time_of(tmp_path, f"2026-11-24 12:00:00 {zone}") is None


def test_a_time_that_is_a_pipe_is_unknown_and_waits_for_nobody(tmp_path):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / HESSIAN).write_text("1")
    os.mkfifo(tmp_path / "ada" / "timestamp.txt")
    with collect(tmp_path, ASSIGNMENTS) as collected:
        assert collected.submissions[0].timestamp is None


def test_a_time_that_a_student_put_into_a_zip_is_not_believed(class_zip):
    inner = zip_of({HESSIAN: "1", "timestamp.txt": "2001-01-01 00:00:00 UTC"})
    with collect(class_zip({"ada.zip": inner, f"bob/{HESSIAN}": "2"}), ASSIGNMENTS) as collected:
        assert [submission.timestamp for submission in collected.submissions] == [None, None]


# ------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("files", [{}, {"notes.txt": ""}, {"spectrum.ipynb": ""}, {"ada/spectrum.ipynb": ""}])
def test_where_nothing_is_found_the_refusal_says_what_is_expected(tmp_path, files):
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    with pytest.raises(Refusal) as refusal:
        found(tmp_path)
    layouts = ("<student>/<assignment>/<assignment>.ipynb", "<student>/<assignment>.ipynb", "platform's zip")
    for words in (str(tmp_path), ", ".join(ASSIGNMENTS), "named_regexp", *layouts):
        assert words in str(refusal.value)


def test_an_empty_zip_is_refused_with_what_is_expected(class_zip):
    with pytest.raises(Refusal, match="Expected are <student>"):
        found(class_zip({}))


@pytest.mark.parametrize("content", [None, "a text", "PK\x03\x04 half a zip"])
def test_what_is_neither_a_folder_nor_a_zip_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "class.zip").write_text(content)
    with pytest.raises(Refusal, match="neither a folder nor a zip"):
        found(tmp_path / "class.zip")


def test_a_zip_cut_short_is_refused(class_zip):
    submitted = class_zip({f"{name}/{HESSIAN}": os.urandom(1000) for name in ("ada", "bob")})
    submitted.write_bytes(submitted.read_bytes()[:-300])
    with pytest.raises(Refusal):
        found(submitted)


def test_a_zip_whose_list_of_files_is_damaged_is_refused(class_zip):
    submitted = class_zip({f"ada/{HESSIAN}": "1"})
    submitted.write_bytes(submitted.read_bytes().replace(b"PK\x01\x02", b"PK\x09\x09"))
    with pytest.raises(Refusal, match="is damaged"):
        found(submitted)


def test_nothing_is_left_behind_where_collecting_fails(class_zip, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "temporary").mkdir()
    with pytest.raises(Refusal):
        found(class_zip({"spectrum.ipynb": "1"}))
    assert [*(tmp_path / "temporary").iterdir()] == []
    shutil.rmtree(tmp_path / "temporary")
