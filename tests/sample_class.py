"""For the demonstration, the tests and the benchmark: classes of students who hand in answers of the two corpora.

`python tests/sample_class.py FOLDER` writes the class of the demonstration: right, partly right, wrong, crashing,
cheating, and a file that is no notebook.
"""

import argparse
import ast
import itertools
import random
from pathlib import Path

import nbformat

TESTS = Path(__file__).parent
NOTEBOOKS = TESTS.parent / "notebooks"
TASKS = {
    "hessian_spectrum": "eval_hess_vec_prod", "mode_connectivity": "Polychain", "sgd_path_pca": "principal_directions",
}  # fmt: skip
OPTIONAL = {
    "hessian_spectrum": "subspace_overlap", "mode_connectivity": "Bezier",
    "sgd_path_pca": "random_walk_explained_variance",
}  # fmt: skip
IMPORTS = "from losssurf_lab_utils import Base, Segment\nfrom torch import nn\nfrom torch.nn import functional as F\n\n"
ENDLESS = "def principal_directions(ws):\n    while True:\n        pass"
NO_NOTEBOOK = "My notebook is on my other laptop."

# For each student the answers to TASKS: the name of a file of tests/submissions, or "attack NAME" of tests/attacks.
DEMONSTRATION = {
    "ada": ("double_backward", "branches", "numpy_svd"),
    "ben": ("forward_over_reverse", "lerp", "scipy_svd_of_transpose"),
    "cleo": ("one_large_batch", "hat_functions", "sklearn_full"),
    "dan": ("mean_of_batch_means", "index_for_each_layer", "ratios_of_the_kept"),
    "eva": ("drops_short_batch", "swapped_halves", "ratios_in_percent"),
    "finn": ("train_mode", "gen_index_only", "not_centred"),
    "gita": ("sum_over_images", "bend_detached", "singular_values"),
    "hugo": ("gradient_itself", "straight_line", "coordinate_axes"),
    "ines": ("typo", "self_forgotten", "torch_method_on_numpy"),
    "jan": ("quits", "stub", "stub"),
    "kim": ("attack patched_comparisons", "stub", ENDLESS),
    "lea": (None, NO_NOTEBOOK, None),
}

# And those to OPTIONAL, of the students who wrote any.
DEMONSTRATION_OF_OPTIONAL = {
    "ada": ("squares_of_products", "casteljau", "formula"), "ben": ("divided_by_k", None, "the_limit"),
    "eva": (None, "no_binomial_factor", None), "gita": (None, None, "eigenvalues_over_their_sum"),
}  # fmt: skip


def source_of(answer, assignment, tasks=TASKS):
    """The source of an answer cell: a file's of a corpus, with imports and without header, or the text itself."""
    folder = "attacks" if answer.startswith("attack ") else f"submissions/{tasks[assignment]}"
    path = TESTS / folder / f"{answer.removeprefix('attack ')}.py" if answer.isprintable() else None
    if path is None or not path.exists():
        return answer
    text = path.read_text()
    header = ast.parse(text).body[0]
    return IMPORTS + "\n".join(text.splitlines()[header.end_lineno :]).strip()


def hand_in(folder, student, assignment, answer, written=None, optional=None):
    """Write the student's notebook: the released one with this source in its answer cell, and these written answers.

    optional: the source for the optional exercise; None: it is left as it was released
    """
    notebook = nbformat.read(NOTEBOOKS / f"{assignment}.ipynb", as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id == TASKS[assignment]:
            cell.source = answer
        elif optional and grade_id == OPTIONAL[assignment]:
            cell.source = optional
        elif written and grade_id and grade_id.startswith("answer_"):
            cell.source = written
    path = Path(folder) / student / assignment / f"{assignment}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def no_points(cell):
    """Have a test cell say that it gives none."""
    cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "0.0"}, execution_count=1)]


def enter(course, writer, student, assignment, written, judge=no_points):
    """Enter a submission with these written answers into a course's gradebook as `grade` does, without running it.

    judge: what is done to each test cell in the place of that
    """
    path = hand_in(course / "submitted", student, assignment, "pass", written)
    enter_file(course, writer, student, assignment, path, judge)


def enter_file(course, writer, student, assignment, path, judge=no_points):
    """Enter the notebook file at `path` in the same way."""
    from autograder.collecting.submissions import Submission
    from autograder.course.release import released_text
    from autograder.marking.result import Result
    from autograder.notebook_files import task_of
    from autograder.reading.sanitise import sanitise

    notebook = sanitise(path.read_bytes(), nbformat.reads(released_text(course, assignment), as_version=4)).notebook
    for cell in notebook.cells:
        if task_of(cell):
            judge(cell)
    result = Result(status="graded", notebook=nbformat.writes(notebook))
    writer.enter(Submission(student, assignment, path), path.read_bytes(), result)


WHAT = (
    "the plane",
    "the path",
    "a random walk",
    "the first component",
    "the loss between the axes",
    "PCA of many points",
)
SHOWS = "hides", "shows", "bends", "is mostly", "is hardly ever", "looks like"
OF_WHAT = (
    "two of 44,426 directions", "a cosine of half a period", "what noise would give", "the logarithm of the loss",
    "steps of all sizes", "what the other axes have lost", "one view of many",
)  # fmt: skip


def made_up_answers(count, seed=20261124):
    """So many written answers of four sentences, hardly two of them nearly equal."""
    draw = random.Random(seed)
    for number in range(count):
        sentences = [f"{draw.choice(WHAT)} {draw.choice(SHOWS)} {draw.choice(OF_WHAT)}, of {draw.randrange(100)} %"
                     for _ in range(4)]  # fmt: skip
        yield ". ".join(["As is seen with $\\lambda_{" + str(number) + "}$", *sentences]) + "."


def course_of_answers(course, size, assignment):
    """Make a course in whose gradebook are a class's written answers, of students student000, student001 and so on."""
    from autograder.course.staging import init, settings
    from autograder.grading.gradebook import Writer

    init(course)
    with Writer(*settings(course)) as writer:
        writer.prepare([assignment])
        for number, written in enumerate(made_up_answers(size)):
            enter(course, writer, f"student{number:03}", assignment, written)


def write_demonstration(folder):
    """The class of the demonstration, each with a written answer of a line."""
    for student, answers in DEMONSTRATION.items():
        for assignment, answer, optional in zip(TASKS, answers, DEMONSTRATION_OF_OPTIONAL.get(student, [None] * 3)):
            optional = optional and source_of(optional, assignment, OPTIONAL)
            if answer == NO_NOTEBOOK:
                path = Path(folder) / student / assignment / f"{assignment}.ipynb"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(answer)
            elif answer:
                written = f"The view of {student}."
                hand_in(folder, student, assignment, source_of(answer, assignment), written, optional)


def write_class(folder, size, each_one=False):
    """A class of `size` students who hand in all three assignments, or one each in turn.

    The answers are those of the demonstration, each a little different, so that none is graded in another's place.
    """
    answers = list(itertools.islice(DEMONSTRATION.values(), 8))  # those that neither crash nor cheat
    for number in range(size):
        student = f"student{number + 1:03}"
        for place, (assignment, answer) in enumerate(zip(TASKS, answers[number % len(answers)])):
            if not each_one or place == number % len(TASKS):
                hand_in(folder, student, assignment, f"{source_of(answer, assignment)}\n# {student}", student)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    write_demonstration(parser.parse_args().folder)
