"""The page that a student gets back: what counts on one screen, in words that are true, legible everywhere."""

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from sample_class import enter, no_points
from sample_notebook import nbgrader

from autograder.course.staging import init, settings
from autograder.grading.gradebook import Writer
from autograder.marking.result import CRITERIA, UNWRITTEN
from autograder.notebook_files import grade_id_of

pytestmark = pytest.mark.kernel

PCA, TEST, OPTIONAL = "sgd_path_pca", "test_principal_directions", "test_random_walk_explained_variance"
CRITERION = {
    "name": "the mean",
    "score": 2.0,
    "max_score": 6.0,
    "message": "It is <b>not</b> the mean.",
    "waits": False,
}
PRINTED = {TEST: "the table", OPTIONAL: UNWRITTEN}


def judge(cell):
    """Have the test cell of the task give 2 points, and that of the optional exercise none."""
    no_points(cell)
    cell.outputs.insert(0, new_output("stream", text=PRINTED[grade_id_of(cell)] + "\n"))
    if grade_id_of(cell) == TEST:
        cell.outputs[1].data["text/plain"] = "2.0"
        cell.metadata[CRITERIA] = [CRITERION]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with two graded students: of bob a person has set the points of the test, given a bonus, and marked."""
    course = tmp_path_factory.mktemp("feedback") / "course"
    init(course)
    with Writer(*settings(course)) as writer:
        writer.prepare([PCA])
        for student in ("ada", "bob"):
            enter(course, writer, student, PCA, "The walk: $\\lambda_1 < 2$.", judge)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grades = {grade.name: grade for grade in gradebook.find_submission_notebook(PCA, PCA, "bob").grades}
        grades[TEST].manual_score = 5.0
        grades[OPTIONAL].extra_credit = 1.5
        for name in ("answer_plane", "answer_explained", "answer_initial_point"):
            grades[name].manual_score, grades[name].needs_manual_grade = 2.0, False
        gradebook.find_comment(
            "answer_plane", PCA, PCA, "bob"
        ).manual_comment = "Two of *three*: $x^2$ <script>1</script>"
        gradebook.db.commit()
    nbgrader(course, "generate_feedback", PCA)
    return course


def page_of(course, student):
    return BeautifulSoup((course / "feedback" / student / PCA / f"{PCA}.html").read_text(), "html.parser")


def parts(page):
    return {part.h2.get_text(" ", strip=True): part.get_text(" ", strip=True) for part in page.select(".part")}


def test_points_and_what_was_wrong_come_first_and_what_waits_is_no_zero(course):
    page = page_of(course, "ada")
    assert page.select_one(".score").get_text(" ", strip=True) == "2 of 13 points so far: 3 answers are not marked yet"
    told = parts(page)
    assert [*told] == [
        "2. Principal directions: principal_directions 2 of 6 points", "Question 1 not marked yet",
        "Question 2 not marked yet", "Question 3 not marked yet",
        "Optional exercise: the walk's exact shares: random_walk_explained_variance not written, optional",
    ]  # fmt: skip
    assert "the mean: 2 of 6 It is <b>not</b> the mean." in told[[*told][0]]
    assert "No response" not in page.get_text() and page.details.get("open") is None


def test_points_that_a_person_has_set_stand_alone_and_a_bonus_is_one(course):
    page = page_of(course, "bob")
    assert page.select_one(".score").get_text(" ", strip=True) == "12.5 of 13 points 1.5 of them a bonus"
    told = parts(page)
    assert "set by a person" in told["2. Principal directions: principal_directions 5 of 6 points"]
    assert "the mean" not in told["2. Principal directions: principal_directions 5 of 6 points"]
    assert any(title.endswith("1.5 bonus points") for title in told)
    comment = next(part for part in page.select(".part") if "Question 3" in part.h2.get_text()).select_one(".comment")
    assert comment.em.get_text() == "three" and comment.math and not comment.script


@pytest.mark.parametrize("width, scheme", [(390, "dark"), (390, "light"), (1200, "light")])
def test_it_is_legible_without_a_network(course, chromium, tmp_path, width, scheme):
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, asked, failures = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: failures.append(message.text))
    page.goto((course / "feedback" / "bob" / PCA / f"{PCA}.html").as_uri())
    bottom = page.locator(".part").last.bounding_box()
    assert bottom["y"] + bottom["height"] < (900 if width > 400 else 1300)
    page.click("details.notebook summary")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".notebook math").first.bounding_box()["width"] > 5
    assert len(asked) == 1 and failures == []
    page.screenshot(path=tmp_path / "page.png")
    context.close()


def test_formgrader_waits_for_nothing_from_the_network(course):
    from nbconvert.exporters import HTMLExporter

    from autograder import nbgrader_mended

    nbgrader_mended.mend_nbgrader()
    page, _ = HTMLExporter(template_name="classic").from_filename(course / "autograded" / "ada" / PCA / f"{PCA}.ipynb")
    assert "mathjax/2.7" not in page and 'react("End")' in page
