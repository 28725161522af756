"""The end of grading a class: the numbers, the tables in a terminal, and the page as a real browser shows it."""

import io
import json
import random
import statistics
import string
import subprocess
import time
from itertools import groupby
from pathlib import Path

import msgspec
import numpy as np
import pytest
from bs4 import BeautifulSoup
from hostile import NAMES, SCRIPT, fetching
from PIL import Image
from rich.console import Console
from serving import listening

from autograder import checks
from autograder.grading import report
from autograder.grading.report import as_html, print_tables
from autograder.grading.summary import LONGEST, Entry, Upload, summarise
from autograder.marking.result import Result

BATCH, NORM = "a smaller last batch", "batch norm"


def graded(student, *criteria, assignment="hessian", seconds=5.0, bonus=None, written=True, **more):
    """The entry of a graded submission with these criteria: (name, score, max_score, message, waits)."""
    fields = "name", "score", "max_score", "message", "waits"
    named = [dict(zip(fields, criterion, strict=False)) for criterion in criteria]
    total = {key: sum(criterion[key] for criterion in named) for key in ("score", "max_score")}
    result = {"status": "graded", "seconds": seconds}
    result["cells"] = [{"grade_id": f"test_{assignment}", **total, "criteria": named}]
    if bonus is not None:
        criteria = [{"name": "the curve", "score": bonus, "max_score": 2, "message": "" if bonus else "It is a line."}]
        cell = {"grade_id": "test_curve", "score": 0.0, "max_score": 0.0, "bonus": bonus, "max_bonus": 2.0}
        result["cells"].append(cell | {"criteria": criteria if written else []})
    return Entry(student, assignment, msgspec.convert(result | more, Result))


def refused(student, reason, assignment="hessian"):
    return graded(student, assignment=assignment, status="refused", reason=reason, cells=[], seconds=0.1)


def scored(student, points, **more):
    """Of 4 points, `points` for the first criterion of 3 and what is left for the second of 1."""
    first, second = min(points, 3), max(points - 3, 0)
    return graded(student, (BATCH, first, 3, "" if first == 3 else "wrong"), (NORM, second, 1, ""), **more)


POINTS = [4, 4, 4, 3.5, 2, 2, 0.5, 0]
CLASS = [scored(f"student{number}", points) for number, points in enumerate(POINTS)]


def random_class(students):
    """A class on three assignments, the same at each call, with all that can happen to a submission."""
    chance = random.Random(0)
    entries = []
    for number in range(students):
        for assignment in ("hessian_spectrum", "mode_connectivity", "sgd_path_pca"):
            student = f"student{number:03}"
            if chance.random() < 0.05:
                entries.append(refused(student, "the file is no notebook", assignment))
            elif chance.random() < 0.95:
                points, seconds = chance.randrange(9) / 2, chance.uniform(3, 60)
                eye = [f"the answer did not end within {chance.randrange(60, 90)} s"] * (chance.random() < 0.05)
                repairs = ["a cell was missing"] * (chance.random() < 0.1)
                more = {"assignment": assignment, "seconds": seconds, "eye": eye, "repairs": repairs}
                entries.append(scored(student, points, **more))
    return entries


def own_script():
    """The one script of the page."""
    return f"<script>{(Path(report.__file__).parent / 'report.js').read_text()}</script>"


def only_assignment(entries):
    (assignment,) = summarise(entries).assignments
    return assignment


# --------------------------------------------------------------------------------------------------------- the numbers


def test_mean_median_and_full_marks_are_those_of_the_graded():
    assignment = only_assignment([*CLASS, refused("late", "no notebook")])
    assert (assignment.graded, assignment.refused, assignment.max_score) == (8, 1, 4)
    assert assignment.mean == sum(POINTS) / 8 == 2.5
    assert assignment.median == statistics.median(POINTS) == 2.75
    assert assignment.full_marks == 3
    assert assignment.scores == sorted(POINTS)


def test_histogram_counts_points_rounded_down_and_keeps_full_marks_apart():
    assert only_assignment(CLASS).histogram == [2, 0, 2, 1, 3]


def test_points_lost_are_means_over_all_graded_the_dearest_first_and_add_up():
    assignment = only_assignment(CLASS)
    lost_of_batch = [0, 0, 0, 0, 1, 1, 2.5, 3]
    lost_of_norm = [0, 0, 0, 0.5, 1, 1, 1, 1]
    assert [(loss.criterion, loss.max_score, loss.mean, loss.students) for loss in assignment.losses] == [
        (BATCH, 3, sum(lost_of_batch) / 8, 4),
        (NORM, 1, sum(lost_of_norm) / 8, 5),
    ]
    assert sum(loss.mean for loss in assignment.losses) == pytest.approx(4 - assignment.mean)


def test_a_criterion_that_only_some_submissions_have_counts_over_all_graded_too():
    broken = graded("broken", ("the answer runs", 0, 4, "It hung."))
    assignment = only_assignment([*CLASS, broken, graded("other", ("the answer runs", 4, 4, ""))])
    assert [(loss.mean, loss.students) for loss in assignment.losses if "runs" in loss.criterion] == [(4 / 10, 1)]
    assert sum(loss.mean for loss in assignment.losses) == pytest.approx(4 - assignment.mean)


def test_diagnoses_that_differ_in_numbers_are_one_and_count_each_student_once():
    off = "direction{} is wrong: only {} % of it lie in the plane of 2.\n  line {}"
    entries = [
        graded("ada", ("a", 0, 1, off.format(1, 21, 3)), ("b", 0, 1, off.format(1, 8.5, 4))),
        graded("bob", ("a", 0, 1, off.format(1, -3e-05, 5)), ("b", 0, 1, off.format(2, 8, 6))),
        graded("eve", ("a", 1, 1, ""), ("b", 0.5, 1, "")),
    ]
    assert [(diagnosis.text, diagnosis.students) for diagnosis in only_assignment(entries).diagnoses] == [
        ("direction1 is wrong: only … % of it lie in the plane of 2.", ["ada", "bob"]),
        ("direction2 is wrong: only 8 % of it lie in the plane of 2.", ["bob"]),
    ]


def test_what_only_waits_for_another_criterion_is_no_diagnosis():
    verdicts = checks.run("eval_hess_vec_prod", lambda *arguments: None)
    criteria = [(verdict.name, verdict.score, verdict.max_score, verdict.message, verdict.waits)
                for verdict in verdicts]  # fmt: skip
    diagnoses = [diagnosis.text for diagnosis in only_assignment([graded("ada", *criteria)]).diagnoses]
    waiting = {verdict.message for verdict in verdicts if verdict.waits}
    assert waiting == {"Counts once a product is right."}
    assert diagnoses and not waiting & {*diagnoses}


def test_refused_submissions_come_first_for_the_eye_and_every_reason_is_there():
    entries = [
        scored("ada", 4, eye=["it hung", "it wrote 3 files"]),
        scored("bob", 4, eye=["it hung"]),
        scored("carl", 4, eye=["it wrote 14 files"]),
        refused("eve", "no answer cell\nAsk for the notebook again."),
    ]
    assert [(finding.text, finding.students) for finding in summarise(entries).eye] == [
        ("Refused: no answer cell Ask for the notebook again.", ["eve"]),
        ("it hung", ["ada", "bob"]),
        ("it wrote … files", ["ada", "carl"]),
    ]


def test_students_scores_tell_refused_from_not_handed_in():
    entries = [scored("bob", 2, assignment="pca"), refused("ada", "no notebook"), scored("ada", 3.5, assignment="pca")]
    students = summarise(entries).students
    assert [(student.name, student.scores, student.total) for student in students] == [
        ("ada", {"hessian": None, "pca": 3.5}, 3.5),
        ("bob", {"pca": 2}, 2),
    ]


def test_a_bonus_is_counted_apart_and_an_exercise_that_was_left_out_is_no_diagnosis():
    entries = [
        scored("ada", 4, bonus=2.0), scored("bob", 3, bonus=0.0),
        *(scored(f"s{number}", 4, bonus=0.0, written=False) for number in range(2)),
    ]  # fmt: skip
    summary = summarise(entries)
    (assignment,) = summary.assignments
    assert (assignment.scores, assignment.max_score, assignment.full_marks) == ([3, 4, 4, 4], 4, 3)
    assert assignment.histogram == [0, 0, 0, 1, 3]
    assert (assignment.bonuses, assignment.max_bonus, assignment.mean_bonus) == ([2.0, 0.0], 2.0, 0.5)
    assert "the curve" not in [loss.criterion for loss in assignment.losses]
    told = [diagnosis.text for diagnosis in assignment.diagnoses if "line" in diagnosis.text]
    assert told == ["Optional exercise: It is a line."]
    assert [(student.total, student.bonuses) for student in summary.students[:2]] == [(4, {"hessian": 2.0}), (3, {})]
    page = BeautifulSoup(as_html(summary), "html.parser")
    assert "mean bonus 0.5 of 2, optional; written by 2" in words(page.select_one(".figures"))
    assert [words(row) for row in page.select(".students tbody tr")][:2] == ["ada 4 + 2 4 + 2", "bob 3 3"]


def test_repairs_empty_answers_and_the_slowest_are_named():
    entries = [scored(f"s{number:02}", 4, seconds=float(number), unanswered=["flat"]) for number in range(12)]
    entries.append(scored("slow", 4, seconds=61.5, repairs=["a cell was missing"], unanswered=["flat", "bulk"]))
    summary = summarise(entries)
    assert [(finding.text, finding.students) for finding in summary.repairs] == [("a cell was missing", ["slow"])]
    assert summary.assignments[0].unanswered == {"flat": 13, "bulk": 1}
    assert summary.slowest[:2] == [("slow", "hessian", 61.5), ("s11", "hessian", 11)]
    assert len(summary.slowest) == 10


def test_page_is_the_same_bytes_whatever_the_order_of_the_entries():
    entries = random_class(20)
    shuffled = random.Random(1).sample(entries, len(entries))
    assert as_html(summarise(entries)) == as_html(summarise(shuffled))


def test_a_class_of_300_is_summarised_and_rendered_within_two_seconds():
    entries = random_class(300)
    started = time.process_time()
    page = as_html(summarise(entries))
    assert time.process_time() - started < 2
    assert len(page.encode()) < 500_000


@pytest.mark.parametrize("entries", [[], [refused("ada", "no notebook")]])
def test_a_class_without_a_graded_submission_is_shown_too(entries):
    summary = summarise(entries)
    assert f"{len(entries)} students, 0 submissions graded, {len(entries)} refused" in as_html(summary)
    assert ("no notebook" in printed(summary)) == bool(entries)


def test_the_upload_is_told_in_numbers_that_add_up_and_who_is_missing_has_a_row():
    files = {"taken": 2, "beside": 1, "passed over": 1}
    upload = Upload(
        files, [(f"eve/{SCRIPT}\u202e.pdf", "it is no notebook")], [("bob", "pca", SCRIPT)], ["zoe\n", "yan"]
    )
    summary = summarise([scored("ada", 4)], upload)
    assert summary.upload.in_words == "4 files handed in: 2 taken, 1 beside them, 1 passed over."
    assert [(student.name, student.scores) for student in summary.students] == [
        ("ada", {"hessian": 4}), ("yan", {}), ("zoe", {}),
    ]  # fmt: skip
    page = BeautifulSoup(as_html(summary), "html.parser")
    told = page.find(id="upload").get_text(" ", strip=True)
    for words in ("4 files handed in", "eve/", "it is no notebook", "bob", "yan", "zoe"):
        assert words in told
    assert [*map(str, page("script"))] == [own_script()] and "\u202e" not in told


def test_without_an_upload_the_page_has_no_such_section():
    assert BeautifulSoup(as_html(summarise(CLASS)), "html.parser").find(id="upload") is None


# -------------------------------------------------------------------------------------------------------- the terminal


def printed(summary, width=100):
    file = io.StringIO()
    print_tables(summary, Console(file=file, width=width, force_terminal=True, color_system=None))
    return file.getvalue()


def test_terminal_shows_numbers_losses_diagnoses_and_the_eye_last():
    text = printed(summarise([*CLASS, refused("late", "no notebook")]))
    lines = [line.split() for line in text.replace("│", "").splitlines()]
    assert ["hessian", "8", "1", "2.5", "2.75", "3", "4", "–"] in lines
    assert ["0.94", "3", "4", *BATCH.split()] in lines
    assert ["4", "wrong"] in lines
    assert text.index("Scores") < text.index("points lost") < text.index("went wrong") < text.index("to look at")
    assert "Refused: no notebook" in text[text.index("to look at") :]


def test_what_students_wrote_reaches_the_terminal_as_text():
    hostile = "\x1b[31m\x1b]0;title\x07[bold]loud[/bold] [/] \x9b2J\u202egnitirw\x00"
    text = printed(summarise([scored(f"[red]bob[/red]{hostile}", 2, eye=[hostile]), refused("ada", hostile)]))
    assert {character for character in text if not character.isprintable()} == {"\n"}
    assert "[red]bob[/red]" in text
    assert "[bold]loud[/bold] [/]" in text


def test_long_messages_and_long_lists_are_cut():
    entries = [scored(letter, 4, eye=[f"reason {letter}"]) for letter in string.ascii_lowercase]
    entries += [graded("long", (BATCH, 0, 3, "x" * 1_000_000), (NORM, 1, 1, ""))]
    summary = summarise(entries)
    text, page = printed(summary), as_html(summary)
    assert "x…" in text and text.count("x") < 1000
    assert "x" * LONGEST not in page and "x" * (LONGEST - 1) + "…" in page
    assert "reason t" in text and "reason u" not in text
    assert "and 6 more in the report" in text
    assert "reason z" in page


# ------------------------------------------------------------------------------------------------------------ the page


def chromium(browser, page, *flags):
    """What Chromium prints when it opens the file `page`."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", *quiet]
    command += [f"--user-data-dir={page.parent / 'profile'}", "--window-size=1100,1600", "--virtual-time-budget=5000"]
    return subprocess.run(
        [*command, *flags, page.as_uri()], check=True, capture_output=True, text=True, timeout=120
    ).stdout


def dom(browser, page, *flags):
    return BeautifulSoup(chromium(browser, page, "--dump-dom", *flags), "html.parser")


def written(folder, entries):
    page = folder / "report.html"
    page.write_text(as_html(summarise(entries)), encoding="utf-8")
    return page


def words(element):
    return " ".join(element.get_text(" ").split())


@pytest.fixture(scope="module")
def shown(browser, tmp_path_factory):
    """The page of a class with hostile names and messages, as the browser has understood it."""
    message = f"Your code raised ValueError: {SCRIPT}\n  line 3"
    entries = [
        *CLASS,
        graded(NAMES[0], (BATCH, 0, 3, message), (NORM, 1, 1, ""), eye=["<img src=x onerror=alert(2)>"]),
        refused(NAMES[1], "<b>no</b> notebook"),
        scored("lone \ud800", 4, repairs=["<style>*{display:none}</style>"], assignment="<i>pca</i>"),
    ]
    return dom(browser, written(tmp_path_factory.mktemp("page"), entries))


def test_browser_shows_names_numbers_and_what_students_wrote_as_text(shown):
    names = [words(row.td) for row in shown.select(".students tbody tr")]
    assert names == sorted([*(f"student{number}" for number in range(8)), *NAMES[:2], "lone �"])
    assert words(shown.select_one("header p")) == "11 students, 10 submissions graded, 1 refused"
    assert words(shown.select_one("#assignment-2 .figures")) == (
        "graded 9 refused 1 mean 2.33 of 4 median 2 full marks 3 33 %"
    )
    assert f"Your code raised ValueError: {SCRIPT}" in words(shown)
    assert "<style>*{display:none}</style>" in words(shown.select_one("#log"))


def test_nothing_that_students_wrote_became_an_element(shown):
    assert [*map(str, shown("script"))] == [own_script()]
    assert not shown.select("img, b, i, [onload], [onerror]")
    assert len(shown.select("style")) == 1
    assert len(shown.select("svg")) == 2


def test_what_needs_an_eye_stands_first_on_the_page(shown):
    section = shown.section
    assert section["id"] == "eye"
    assert [words(said) for said in section.select(".said")] == [
        "Refused: <b>no</b> notebook",
        "<img src=x onerror=alert(2)>",
    ]


def test_bars_of_lost_points_follow_the_means(shown):
    rows = shown.select("#assignment-2 .losses tbody tr")
    lost = [10.5 / 9, 4.5 / 9]  # with what the student with the script lost: 3 and 0
    assert [words(row) for row in rows] == [f"{BATCH} 1.17 3 5", f"{NORM} 0.5 1 5"]
    shares = [float(row.select_one(".share")["style"].removeprefix("--share: ").removesuffix("%")) for row in rows]
    assert shares == pytest.approx([100, 100 * lost[1] / lost[0]], abs=0.01)


def test_histogram_has_a_bar_for_each_bin_as_high_as_its_count(shown):
    bars = shown.select("#assignment-2 .histogram rect")
    counts = [2, 0, 2, 1, 3]
    counts[1] += 1  # the student with the script, who has one point
    assert [int(bar.title.text) for bar in bars] == counts
    heights = np.array([float(bar["height"]) for bar in bars])
    assert heights / heights.max() == pytest.approx(np.array(counts) / 3, abs=1e-3)


@pytest.mark.parametrize(
    "theme, ground, bar", [(1, 0xF4F5F7, 0x3567B0), (0, 0x12161C, 0x7CA8E6)], ids=["light", "dark"]
)
def test_bars_are_drawn_in_light_and_in_dark_as_high_as_their_counts(browser, tmp_path, theme, ground, bar):
    picture = tmp_path / "page.png"
    page = written(tmp_path, CLASS)
    chromium(browser, page, f"--screenshot={picture}", f"--blink-settings=preferredColorScheme={theme}")
    colours = np.asarray(Image.open(picture).convert("RGB")).astype(int) @ [0x10000, 0x100, 1]
    assert colours[5, 5] == ground
    columns = [max((sum(run) for on, run in groupby(column) if on), default=0) for column in (colours == bar).T]
    heights = [max(run) for tall, run in groupby(columns, lambda run: run > 20) if tall]
    assert np.array(heights) == pytest.approx(180 * np.array([2, 2, 1, 3]) / 3, abs=2)


def test_page_refers_to_no_other_file(tmp_path):
    page = BeautifulSoup(written(tmp_path, random_class(20)).read_text(), "html.parser")
    assert not page.select("script[src], link, img, iframe, object, embed, form, [src], [srcset]")
    assert all(link["href"].startswith("#") and page.select_one(link["href"]) for link in page.select("[href]"))
    assert "url(" not in page.style.text and "@import" not in page.style.text


def test_even_markup_that_was_not_escaped_sends_nothing_and_runs_nothing(browser, tmp_path):
    with listening() as (address, requests):
        page = written(tmp_path, CLASS)
        guarded = page.read_text().replace("<bdi>student3</bdi>", fetching(address))
        page.write_text(guarded)
        assert dom(browser, page).title.text == "Class report"
        assert requests == []
        page.write_text(guarded.replace("Content-Security-Policy", "nothing"))
        assert dom(browser, page).title.text == "taken"
        assert {path for path, _ in requests} >= {"/image", "/sheet", "/script", "/frame", "/ground"}


def test_page_fits_a_phone_without_scrolling_sideways(browser, tmp_path):
    entries = [*random_class(12), scored("a" * 60, 4, assignment="sgd_path_pca", eye=["y" * LONGEST])]
    written(tmp_path, entries)
    phone = tmp_path / "phone.html"
    phone.write_text("""<iframe src="report.html" width="390" height="800"></iframe><script>
        onload = () => {
          const inside = document.querySelector("iframe").contentDocument
          const boxes = [inside.documentElement, ...inside.querySelectorAll("section")]
          document.title = boxes.map((box) => `${box.scrollWidth}/${box.clientWidth}`).join(" ")
        }</script>""")
    sizes = [size.split("/") for size in dom(browser, phone, "--allow-file-access-from-files").title.text.split()]
    assert len(sizes) == 1 + 1 + 3 + 2
    assert all(int(content) <= int(box) <= 390 for content, box in sizes), sizes


# ------------------------------------------------------------------------------------------------ nearly equal answers

CODE = "def f(ws):\n    centred = ws - ws.mean(0)\n    u, s, v = svd(centred)\n" + "".join(
    f"    part{number} = s[{number}] / s.sum() * {number + 1}\n" for number in range(8)
)
PROSE = "The plane shows two of many directions, and the path lies off it nearly everywhere, so that the loss differs."


def with_answers(student, code, prose):
    cells = [
        {"cell_type": kind, "source": text, "metadata": {"nbgrader": {"grade_id": name, "solution": True}}}
        for kind, name, text in (("code", "f", code), ("markdown", "answer_why", prose))
    ]
    return graded(student, ("a", 1, 1, ""), notebook=json.dumps({"cells": cells}))


def test_nearly_equal_answers_stand_side_by_side_and_others_do_not():
    entries = [
        with_answers("ada", CODE, PROSE),
        with_answers("ben", f"# mine\n{CODE}".replace("centred", "x").replace("part", "share"), "Something else."),
        with_answers("cem", CODE.replace("s.sum()", "abs(s).max() ** 2"), PROSE.upper().replace("MANY", "SO MANY")),
        with_answers("dov", "pass", ""),
    ]
    found = {(each.answer, tuple(each.students)) for each in summarise(entries).alike}
    assert found == {("f", ("ada", "ben")), ("answer_why", ("ada", "cem"))}
    section = BeautifulSoup(as_html(summarise(entries)), "html.parser").find(id="alike")
    assert [words(each.summary) for each in section("details")] == [
        "hessian, f: 2 students",
        "hessian, answer_ why: 2 students",
    ]
    assert len(section("pre")) == 4 and "accuses nobody" in section.get_text()


def test_a_class_is_sorted_searched_and_filtered(chromium, tmp_path):
    page_file = tmp_path / "report.html"
    page_file.write_text(as_html(summarise([*CLASS, refused("zed", "no notebook")])), encoding="utf-8")
    page = chromium.new_page()
    page.goto(page_file.as_uri())
    names = (
        "() => [...document.querySelectorAll('.students tbody tr:not([hidden]) bdi')].map((each) => each.textContent)"
    )
    page.click(".students th:last-child button")
    assert {*page.evaluate(names)[:2]} == {"student7", "zed"}
    page.click(".students th:last-child button")
    assert page.evaluate(names)[0] in ("student0", "student1", "student2")
    page.select_option("#filter", "refused")
    assert page.evaluate(names) == ["zed"] and page.text_content("#shown") == "1 of 9 students"
    page.select_option("#filter", "")
    page.fill("#search", "dent3")
    assert page.evaluate(names) == ["student3"]
    page.close()
