"""The marking page: a real course, gradebook and server, in a real browser, with two people at once."""

import json
import shutil
import sqlite3
import urllib.error
import urllib.request

import nbformat
import pytest
from marking_page import choose, mark_and_go_on, opened, served, settle
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from sample_class import course_of_answers, enter, enter_file
from sample_notebook import cell_named, mark, sample_notebook, write_solutions

from autograder.by_hand.marking import CHANGED, EMPTY, LEFT, MARKED, TWO, Conflict, Marking
from autograder.by_hand.questions import Point, questions_of, scheme_of
from autograder.by_hand.server import as_shown
from autograder.course.release import released_text
from autograder.course.staging import SEED, init, settings
from autograder.errors import Refusal
from autograder.grading.alike import groups_of, normal_code, normal_prose
from autograder.grading.gradebook import Writer

pytestmark = pytest.mark.kernel

PCA, PLANE, EXPLAINED = "sgd_path_pca", "answer_plane", "answer_explained"
SAME = "The plane shows two of many directions, and the path lies off it nearly everywhere."
ANSWERS = {
    "ada": SAME, "ben": SAME.upper(), "cem": SAME.replace("nearly", "almost"), "dov": "The scale is logarithmic.",
    "eva": "<img src=x onerror=alert(1)><script>document.title='taken'</script> $\\lambda_1 < 2$", "fay": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course with the answers of a class in its gradebook."""
    course = tmp_path_factory.mktemp("by_hand") / "course"
    init(course)
    (course / SEED).write_text("20261124\n")
    with Writer(*settings(course)) as writer:
        writer.prepare([PCA])
        for student, answer in ANSWERS.items():
            enter(course, writer, student, PCA, answer)
    return course


@pytest.fixture
def course(graded, tmp_path):
    """A copy of it."""
    return shutil.copytree(graded, tmp_path / "course")


@pytest.fixture
def marking(course):
    return Marking(course)


def plane(marking):
    return marking.questions[PCA, PLANE]


def in_gradebook(course, student, question=PLANE):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade(question, PCA, PCA, student)
        return grade.manual_score, grade.needs_manual_grade, gradebook.find_comment(question, PCA, PCA, student).comment


def states(marking, marker="ann"):
    return {student: state for student, (state, _, _) in marking.standing(plane(marking), marker).items()}


# ------------------------------------------------------------------------------------------------------- questions


def test_every_question_of_the_course_has_its_text_its_model_answer_and_points_to_tick(course):
    questions = questions_of(course, ["hessian_spectrum", "mode_connectivity", "sgd_path_pca"])
    assert len(questions) == 9
    for question in questions:
        assert question.text.startswith("### Question") and "Model answer" in question.model
        assert "Marks." not in question.model and question.text.strip() not in question.model
        assert sum(point.points for point in question.scheme) == question.max_score
        assert all(len(point.text) > 8 and not point.text.startswith("point ") for point in question.scheme)


@pytest.mark.parametrize("text, points", [
    ("1 for this; 1 for that, with numbers.", [(1, "this"), (1, "that, with numbers")]),
    (".5 for this; 1.5 points for that", [(0.5, "this"), (1.5, "that")]),
    ("1 for each sound reason, 2 at most.", [(1, "each sound reason, number 1"), (1, "each sound reason, number 2")]),
    ("- 1 for this\n- 1 for that", [(1, "this"), (1, "that")]),
])  # fmt: skip
def test_a_scheme_is_read_as_points_to_tick(text, points):
    assert scheme_of(text, 2.0) == [Point(*each) for each in points]


def test_a_scheme_that_cannot_be_read_gives_whole_points(course):
    source = course / "source" / PCA / f"{PCA}.ipynb"
    source.write_text(
        source.read_text().replace("**Marks.** 1 for each sound reason, 3 at most.", "**Marks.** As seems fit.")
    )
    (question,) = [each for each in questions_of(course, [PCA]) if each.name == PLANE]
    assert question.scheme == [Point(1.0, f"point {number}") for number in (1, 2, 3)]


# --------------------------------------------------------------------------------------------------- nearly equal


def test_answers_that_differ_in_layout_are_equal_and_those_of_other_numbers_are_not():
    assert normal_prose("**The**  plane,\nof 2.") == normal_prose("the plane of 2")
    assert normal_prose("about 90 %") != normal_prose("about 80 %")
    texts = {student: normal_prose(answer or "") for student, answer in ANSWERS.items()}
    assert groups_of(texts)[0] == ["ada", "ben", "cem"] and len(groups_of(texts)) == 4


def test_code_is_compared_without_names_comments_and_what_the_release_gave():
    one = "def f(ws):\n    # centre\n    x = ws - ws.mean(0)\n    return x @ x.T"
    other = 'def f(path):\n    """Mine."""\n    centred = path - path.mean(0)  # mean\n\n    return centred @ centred.T'
    assert normal_code(one) == normal_code(other) != normal_code(one.replace("mean", "sum"))
    assert normal_code("given = 1\nx = 2", {"given = 1"}) == normal_code("y = 2")
    assert normal_code("def f(:") == "def f(:"


CODE = """import math
def area(r):
    # of a disc
    return math.pi * r**2 * math.cos(0) * math.exp(0) * math.sqrt(1) * abs(1) * math.ceil(1)"""
CODES = {
    "ada": CODE, "ben": CODE.replace("(r)", "(radius)").replace(" r**", " radius ** ").replace("disc", "circle"),
    "cem": CODE.replace("**2", "**3"), "dov": "area = None",
}  # fmt: skip


def test_answers_in_code_are_grouped_as_code_and_shown_as_code(tmp_path):
    notebook = sample_notebook()
    by_hand = mark("answer_area", grade=True, solution=True, points=2)
    notebook.cells.append(new_code_cell(CODE, id="area", metadata={"nbgrader": by_hand}))
    course = tmp_path / "course"
    init(course, write_solutions(tmp_path / "solutions", notebook), helpers={})
    with Writer(*settings(course)) as writer:
        writer.prepare(["doubling"])
        for student, code in CODES.items():
            handed_in = nbformat.reads(released_text(course, "doubling"), as_version=4)
            cell_named(handed_in, "answer_area").source = code
            path = course / "submitted" / student / "doubling" / "doubling.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(handed_in, path)
            enter_file(course, writer, student, "doubling", path)
    marking = Marking(course)
    question = marking.questions["doubling", "answer_area"]
    assert question.is_code and not marking.questions["doubling", "answer_linear"].is_code
    assert marking.answers.groups(CODES, question) == [["ada", "ben"], ["cem"], ["dov"]]
    assert as_shown("# no heading\nx < '<b>'", question) == "<pre># no heading\nx &lt; &#x27;&lt;b&gt;&#x27;</pre>"


# --------------------------------------------------------------------------------------------------------- marks


def test_marks_comments_and_ticked_points_are_in_the_gradebook_at_once(course, marking):
    marking.mark(plane(marking), ["ada", "ben"], "ann", 2.0, [0, 1], "Well seen.", {})
    for student in ("ada", "ben"):
        points, waits, comment = in_gradebook(course, student)
        assert (points, waits) == (2.0, False)
        assert comment == "- 1 for each sound reason, number 1\n- 1 for each sound reason, number 2\n\nWell seen."
    assert states(marking) == {"ada": MARKED, "ben": MARKED, "cem": LEFT, "dov": LEFT, "eva": LEFT, "fay": EMPTY}


def test_undo_brings_back_what_was_there_before(course, marking):
    marking.mark(plane(marking), ["ada"], "ann", 1.0, [], "First.", {})
    marking.mark(plane(marking), ["ada", "dov"], "ann", 3.0, [], "", {"ada": 1})
    marking.undo("ann")
    assert in_gradebook(course, "ada") == (1.0, False, "First.") and in_gradebook(course, "dov") == (None, True, None)
    marking.undo("ann")
    assert in_gradebook(course, "ada") == (None, True, None) and marking.undo("ann") == []


def test_two_marks_for_one_answer_are_shown_as_two_until_one_settles_it(course, marking):
    marking.mark(plane(marking), ["ada"], "ann", 1.0, [], "", {})
    with pytest.raises(Conflict, match="Meanwhile ann gave 1"):
        marking.mark(plane(marking), ["ada"], "bob", 3.0, [], "", {"ada": 0})
    assert in_gradebook(course, "ada")[:2] == (1.0, False)
    marking.mark(plane(marking), ["ada"], "bob", 3.0, [], "", {"ada": 1})
    assert states(marking)["ada"] == TWO and in_gradebook(course, "ada")[:2] == (1.0, True)
    marking.mark(plane(marking), ["ada"], "bob", 2.0, [], "", {"ada": 2}, settles=True)
    assert states(marking)["ada"] == MARKED and in_gradebook(course, "ada")[:2] == (2.0, False)


def test_an_answer_that_another_has_open_is_not_marked(marking):
    key = PCA, PLANE, "ada"
    assert marking.journal.claim(key, "ann") and not marking.journal.claim(key, "bob")
    with pytest.raises(Conflict, match="ann has this answer open"):
        marking.mark(plane(marking), ["ada"], "bob", 1.0, [], "", {})
    marking.mark(plane(marking), ["ada"], "ann", 1.0, [], "", {})
    assert marking.journal.claim(key, "bob")


def test_a_share_is_marked_by_two_who_do_not_see_each_others_and_their_agreement_is_told(course):
    marking = Marking(course, twice=100)
    for marker, points in (("ann", 1.0), ("bob", 2.0)):
        assert states(marking, marker)["ada"] == LEFT
        marking.mark(plane(marking), ["ada"], marker, points, [], "", {})
        marking.mark(plane(marking), ["dov"], marker, 1.0, [], "", {})
    assert states(marking)["ada"] == TWO and states(marking)["dov"] == MARKED
    told = marking.journal.agreement(PCA, PLANE)
    assert told == {"twice": 2, "equal": 1, "mean": 0.5, "largest": 1.0}


def test_an_answer_that_changed_since_is_to_be_looked_at_again(course, marking):
    marking.mark(plane(marking), ["ada", "dov"], "ann", 1.0, [], "", {})
    with Writer(*settings(course)) as writer:
        enter(course, writer, "ada", PCA, "Another answer.")
    assert states(marking)["ada"] == CHANGED and states(marking)["dov"] == MARKED


@pytest.fixture
def lock(course, marking):
    """Has another program lock the gradebook until `rollback`: for writing alone, or for reading too."""
    other = sqlite3.connect(course / "gradebook.db", isolation_level=None)
    marking.gradebook.db.connection().exec_driver_sql("pragma busy_timeout = 100")
    marking.gradebook.db.rollback()
    yield lambda kind: other.execute(f"begin {kind}") and other
    other.close()


@pytest.mark.parametrize("again", [lambda course, marking: Marking(course),  # a server that is started again
                                   lambda course, marking: marking.enter_what_waits()])  # fmt: skip
def test_a_mark_that_finds_the_gradebook_locked_is_kept_and_entered_when_it_is_free(course, marking, lock, again):
    other = lock("immediate")
    marking.mark(plane(marking), ["ada"], "ann", 3.0, [], "", {})
    assert len(marking.journal.waiting()) == 1
    other.rollback()
    assert in_gradebook(course, "ada")[0] is None
    again(course, marking)
    assert in_gradebook(course, "ada")[:2] == (3.0, False) and marking.journal.waiting() == []


@pytest.mark.parametrize("kind", ["immediate", "exclusive"])
def test_what_is_taken_back_while_the_gradebook_is_locked_leaves_it_when_it_is_free(course, marking, lock, kind):
    marking.mark(plane(marking), ["ada", "dov"], "ann", 3.0, [], "Seen.", {})
    other = lock(kind)
    assert len(marking.undo("ann")) == 2 and len(marking.journal.waiting()) == 2
    other.rollback()
    assert in_gradebook(course, "ada")[0] == 3.0
    assert marking.enter_what_waits() and marking.journal.waiting() == []
    assert in_gradebook(course, "ada") == in_gradebook(course, "dov") == (None, True, None)
    assert states(marking)["ada"] == LEFT and marking.undo("ann") == []


def test_what_was_there_before_comes_back_through_marks_and_undos_that_waited(course, marking, lock):
    marking.mark(plane(marking), ["ada"], "ann", 1.0, [], "", {})
    other = lock("immediate")
    marking.undo("ann")
    marking.mark(plane(marking), ["ada"], "ann", 2.0, [], "", {})
    other.rollback()
    marking.enter_what_waits()
    assert in_gradebook(course, "ada")[:2] == (2.0, False)
    marking.undo("ann")
    assert in_gradebook(course, "ada") == (None, True, None)


def test_of_two_who_take_back_their_marks_none_brings_back_the_others(course, marking):
    marking.mark(plane(marking), ["ada"], "ann", 1.0, [], "", {})
    marking.mark(plane(marking), ["ada"], "bob", 1.0, [], "", {"ada": 1})
    marking.undo("ann")
    assert in_gradebook(course, "ada")[:2] == (1.0, False)
    marking.undo("bob")
    assert in_gradebook(course, "ada") == (None, True, None)


def test_points_that_cannot_be_given_are_refused(marking):
    for points in (-1.0, 3.5, float("nan")):
        with pytest.raises(Refusal, match="cannot be given"):
            marking.mark(plane(marking), ["ada"], "ann", points, [], "", {})


# -------------------------------------------------------------------------------------------------------- the server


@pytest.fixture
def page_served(course):
    """(address with the token, course, process) of the real command."""
    with served(course) as (address, process):
        yield address, course, process


def ask(address, path, data=None, **headers):
    request = urllib.request.Request(address.split("#")[0].rstrip("/") + path, data, headers)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_nobody_gets_anything_without_the_token_from_another_page_or_by_another_name(page_served):
    address, _, _ = page_served
    port, token = address.split(":")[2].split("/")[0], address.split("#token=")[1]
    bearer = {"Authorization": f"Bearer {token}"}
    body = json.dumps(
        {"assignment": PCA, "question": PLANE, "answers": {}, "points": 1, "ticks": [], "comment": ""}
    ).encode()
    assert ask(address, "/api/start", **bearer)[0] == 200
    assert ask(address, "/api/start")[0] == ask(address, "/api/start", Authorization="Bearer x")[0] == 403
    assert ask(address, f"/api/start?token={token}", Cookie=f"token={token}")[0] == 403
    assert not any(token in ask(address, path)[1] for path in ("/", "/page.js", "/page.css"))
    assert ask(address, "/", Host=f"evil.example:{port}")[0] == 403
    assert ask(address, "/api/start", **bearer, Host=f"evil.example:{port}")[0] == 403
    assert ask(address, "/api/start", **bearer, Origin="http://evil.example")[0] == 403
    assert ask(address, "/api/mark", body, **bearer)[0] == 403  # no origin
    assert ask(address, "/api/mark", body, **bearer, Origin="http://127.0.0.1:1")[0] == 403
    assert ask(address, "/api/mark", b"{", **bearer, Origin=f"http://127.0.0.1:{port}")[0] == 400
    assert ask(address, "/api/nothing", **bearer)[0] == 404
    assert "ada" not in ask(address, f"/api/answers?assignment={PCA}&question={PLANE}", **bearer)[1]


@pytest.fixture
def pages(page_served, chromium):
    """Two browsers with the page, each of another person, narrow and wide."""
    both = [
        opened(chromium, page_served[0], width, scheme, name)
        for name, width, scheme in (("ann", 1400, "light"), ("bob", 390, "dark"))
    ]
    yield [*both, page_served[1]]
    for page in both:
        page.context.close()


def test_a_class_is_marked_by_keyboard_by_two_at_once(pages, tmp_path):
    ann, bob, course = pages
    choose(ann, "plane")
    ann.wait_for_function("() => document.querySelectorAll('#alike .pair').length === 2")
    assert ann.locator("#alike .pair").count() == 2 and ann.locator("#alike input:checked").count() == 1
    assert ann.locator("#scheme li").count() == 3 and "Any three of" in ann.text_content("#model")
    choose(bob, "plane")
    assert bob.text_content("#title") != ann.text_content("#title"), "both have the same answer open"
    ann.keyboard.press("1")
    ann.keyboard.press("2")
    assert ann.input_value("#points") == "2"
    ann.keyboard.press("c")
    ann.keyboard.type("Well seen.")
    ann.keyboard.press("Control+Enter")
    ann.wait_for_function("() => document.getElementById('left').textContent.startsWith('3 of')")
    marked = [student for student in ("ada", "ben", "cem") if in_gradebook(course, student)[0] == 2.0]
    assert len(marked) == 2 and all("Well seen." in in_gradebook(course, student)[2] for student in marked)
    ann.keyboard.press("u")
    ann.wait_for_function("() => document.getElementById('message').textContent.startsWith('Taken back: 2')")
    assert all(in_gradebook(course, student)[0] is None for student in marked)
    for _ in range(8):  # by turns: what the other has just opened is left to the other
        for page in (ann, bob):
            if page.text_content("#title").startswith("Answer"):
                page.keyboard.press("f")
                page.keyboard.press("Enter")
                settle(page)
    assert all(in_gradebook(course, student)[0] == 3.0 for student in ANSWERS if ANSWERS[student])
    for name, page in (("ann", ann), ("bob", bob)):
        page.screenshot(path=tmp_path / f"{name}.png")
        assert [text for text in page.failures if "409" not in text] == [] and page.title() == "Marking"


def test_what_students_wrote_runs_nothing_and_formulas_are_set(pages):
    ann, _, _ = pages
    choose(ann, "plane")
    ann.select_option("#filter", "all")
    for _ in ANSWERS:
        if ann.locator("#answer math").count():
            break
        before = ann.text_content("#title")
        ann.keyboard.press("n")
        ann.wait_for_function("before => document.getElementById('title').textContent !== before", arg=before)
    assert ann.locator("#answer math msub").count() == 1 and ann.locator("#answer img, #answer script").count() == 0
    assert ann.title() == "Marking" and ann.failures == []
    width = ann.evaluate("document.querySelector('#answer math').getBoundingClientRect().width")
    assert width > 20


def test_names_are_hidden_until_asked_for_and_a_killed_server_loses_nothing(pages, page_served):
    (ann, _, course), process = pages, page_served[2]
    choose(ann, "plane")
    assert "(ada)" not in ann.text_content("body")
    ann.check("#names")
    ann.wait_for_function("() => document.getElementById('title').textContent.includes('(')")
    settle(ann)
    ann.keyboard.press("Escape")
    ann.keyboard.press("f")
    ann.keyboard.press("Enter")
    ann.wait_for_function("() => document.getElementById('left').textContent.startsWith('3 of')")
    process.kill()
    process.wait(timeout=10)
    assert sum(in_gradebook(course, student)[0] == 3.0 for student in ANSWERS) == 2
    ann.keyboard.press("f")
    ann.keyboard.press("Enter")
    ann.wait_for_function("() => document.getElementById('message').textContent.includes('does not answer')")


IN_SIGHT = """() => ["title", "answer", "scheme", "save"].every((id) => {
    const { top, bottom } = document.getElementById(id).getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
})"""


@pytest.mark.night
@pytest.mark.parametrize("width, scheme", [(390, "light"), (1400, "dark")])
def test_fifty_answers_of_a_class_of_300_are_marked_by_keyboard_alone(class_of_300, chromium, tmp_path, width, scheme):
    course = shutil.copytree(class_of_300, tmp_path / "course")
    with served(course) as (address, _):
        page = opened(chromium, address, width, scheme)
        choose(page, "plane")
        page.screenshot(path=tmp_path / "first.png")
        for _ in range(50):
            mark_and_go_on(page)
            assert page.evaluate(IN_SIGHT), page.text_content("#title")
        page.screenshot(path=tmp_path / "last.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width and page.failures == []
        left = int(page.text_content("#left").split()[0])
        assert f"plane: {left} left" in page.text_content("#questions option:checked")
        page.context.close()
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        scores = [submission.grades for submission in gradebook.notebook_submissions(PCA, PCA)]
        marked = [grade for grades in scores for grade in grades if grade.name == PLANE and grade.manual_score == 2.0]
    assert len(marked) == 300 - left >= 50 and not any(grade.needs_manual_grade for grade in marked)


@pytest.fixture(scope="module")
def class_of_300(tmp_path_factory):
    """A course with the written answers of 300."""
    course = tmp_path_factory.mktemp("class") / "course"
    course_of_answers(course, 300, PCA)
    return course
