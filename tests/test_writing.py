"""A file is written whole or not at all, and never through a link that somebody laid."""

import os
import stat

import pytest

from autograder.notebook_files import write_whole


@pytest.fixture
def course(tmp_path):
    """A course with a neighbour's file, and a folder of a student, in which links may lie."""
    (tmp_path / "course" / "ada").mkdir(parents=True)
    (tmp_path / "course" / "ada" / "work.ipynb").write_text("Ada's")
    (tmp_path / "course" / "eve").mkdir()
    return tmp_path / "course"


def everything(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_file_and_the_folders_above_it_are_made_with_the_permissions_asked_for(course):
    old = os.umask(0o077)
    try:
        write_whole(course / "a" / "b" / "c.json", "ä", below=course)
        write_whole(course / "seed", b"7", mode=0o600)
    finally:
        os.umask(old)
    assert (course / "a" / "b" / "c.json").read_text() == "ä"
    modes = [stat.S_IMODE((course / name).stat().st_mode) for name in ("a/b/c.json", "seed")]
    assert modes == [0o644, 0o600]


@pytest.mark.parametrize("target", ["../ada", "{course}/ada", ".", "work", "nowhere"])
def test_no_link_on_the_way_is_followed(course, target):
    (course / "eve" / "work").symlink_to(target.format(course=course))
    before = everything(course)
    for name in ("work/work.ipynb", "work/deeper/work.ipynb"):
        with pytest.raises(OSError, match="a link or a file lies where a folder should be"):
            write_whole(course / "eve" / name, "Eve's", below=course)
    assert everything(course) == before


def test_a_link_in_the_files_place_is_replaced_and_what_it_led_to_stays(course):
    (course / "eve" / "work.ipynb").symlink_to("../ada/work.ipynb")
    write_whole(course / "eve" / "work.ipynb", "Eve's", below=course)
    assert (course / "ada" / "work.ipynb").read_text() == "Ada's"
    assert not (course / "eve" / "work.ipynb").is_symlink()


def test_a_link_above_the_folder_that_is_named_is_the_instructors(course, tmp_path):
    (tmp_path / "linked").symlink_to(course)
    write_whole(tmp_path / "linked" / "eve" / "x", "1", below=tmp_path / "linked")
    assert (course / "eve" / "x").read_text() == "1"


@pytest.mark.parametrize("kind", ["file", "pipe", "folder"])
def test_what_stands_in_the_way_is_named_and_stays(course, kind):
    place = course / "eve" / "work"
    path = place if kind == "folder" else place / "work.ipynb"
    {"file": lambda: place.write_text("x"), "pipe": lambda: os.mkfifo(place), "folder": place.mkdir}[kind]()
    with pytest.raises(OSError) as error:
        write_whole(path, "Eve's", below=course)
    assert str(place) in error.value.filename and place.exists()
    assert sorted(os.listdir(course / "eve")) == ["work"], "a part of a file is left behind"


def test_nothing_is_written_outside_of_the_folder_that_is_named(course):
    with pytest.raises((OSError, ValueError)):
        write_whole(course / "eve" / ".." / "ada" / "work.ipynb", "Eve's", below=course / "eve")
    assert (course / "ada" / "work.ipynb").read_text() == "Ada's"
