"""nbgrader's formgrader in a browser without a network, for a course that `init` made."""

import pytest
from formgrader import formgrader, open_submission
from nbgrader.api import Gradebook
from sample_class import enter

from autograder.course.staging import init, settings
from autograder.grading.gradebook import Writer

pytestmark = [pytest.mark.kernel, pytest.mark.night]

PCA, PLANE = "sgd_path_pca", "answer_plane"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with three answers full of formulas in its gradebook."""
    course = tmp_path_factory.mktemp("formgrader") / "course"
    init(course)
    with Writer(*settings(course)) as writer:
        writer.prepare([PCA])
        for student in ("ada", "ben", "cem"):
            enter(
                course, writer, student, PCA, f"{student}: $\\lambda_1 < 2$ and\n\n$$\\frac{{a}}{{b}} = \\sum_i x_i$$"
            )
    return course


def test_a_mark_that_is_typed_is_saved_without_a_network_and_formulas_do_not_stop_it(course, chromium, tmp_path):
    with formgrader(course, tmp_path / "log") as (address, token):
        page, outside, failures = chromium.new_page(viewport={"width": 1400, "height": 900}), [], []
        page.on("pageerror", lambda error: failures.append(str(error)))

        def block(route):
            if route.request.url.startswith(address):
                route.continue_()
            else:
                outside.append(route.request.url)
                route.abort()

        page.context.route("**/*", block)
        for student, points in (("ada", 2.0), ("ben", 0.5)):
            open_submission(page, address, token, course, PCA, student)
            assert page.locator("math msub").first.bounding_box()["width"] > 5
            page.focus(f"#{PLANE}")
            page.keyboard.type(str(points))
            with page.expect_response(lambda response: response.request.method == "PUT") as saved:
                page.keyboard.press("Tab")
            assert saved.value.ok
            with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
                assert gradebook.find_grade(PLANE, PCA, PCA, student).manual_score == points
        page.screenshot(path=tmp_path / "formgrader.png")
        page.reload()
        assert page.input_value(f"#{PLANE}") == "0.5"
        assert failures == [] and outside == []
        page.context.close()
