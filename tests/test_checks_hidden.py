"""The hidden half: references on which two ways agree, reproducible verdicts, a grade that nbgrader takes as it is."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from autograder import checks
from autograder.checks import (
    Bezier,
    Polychain,
    eval_hess_vec_prod,
    principal_directions,
    random_walk_explained_variance,
    subspace_overlap,
)
from autograder.layout import SOLUTIONS
from autograder.sandbox.inside import crossing
from lab_cnn_solution import CNN
from losssurf_lab.networks import NETWORK_SIZE, make_net
from losssurf_lab.tasks.Bezier import public as public_curves
from losssurf_lab.tasks.eval_hess_vec_prod import public as public_products
from losssurf_lab.tasks.Polychain import public as public_paths
from losssurf_lab.tasks.principal_directions import public as public_directions
from losssurf_lab.tasks.random_walk_explained_variance import public as public_walks
from losssurf_lab.tasks.subspace_overlap import public as public_overlaps

REPO = Path(__file__).parents[1]
NOISY_ANSWER = '''
import sys, warnings
import numpy as np
from tqdm import tqdm

def principal_directions(ws):
    """Right but for ratios of the kept part, and loud."""
    print("points:", ws.shape)
    print("oh", file=sys.stderr)
    warnings.warn("this warning must not cost points")
    for _ in tqdm(range(2)):
        mean = ws.mean(0)
    _, s, vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, vt[0], vt[1], s[:2] ** 2 / (s[:2] ** 2).sum()
'''
GRADE = 'from autograder import checks; checks.grade("principal_directions", principal_directions)'


def svd(ws):
    mean = ws.mean(0)
    _, s, vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, vt[0], vt[1], s[:2] ** 2 / (s**2).sum()


@pytest.mark.parametrize("name", sorted({*public_products.make_inputs()["cases"]} - {"wide", "network"}))
def test_dense_derivatives_agree_with_differences_of_the_loss(name):
    case = public_products.make_inputs()["cases"][name]
    dense, differences = eval_hess_vec_prod.dense_derivatives(case), public_products.derivatives_by_differences(case)
    for key, array in dense.items():
        np.testing.assert_allclose(differences[key], array, atol=3e-7, err_msg=key)


def second_differences(case, probes, step=1e-7):
    """u H v of the mean loss in float64 for each vector v of the case and each probe u, (vectors, probes)."""
    net, fixed = make_net(case, torch.float64), dict(make_net(case, torch.float64).named_parameters())
    images, labels = torch.tensor(case["images"]).double(), torch.tensor(case["labels"])
    start = torch.cat([weight.detach().reshape(-1) for weight in fixed.values()]).numpy()

    @torch.no_grad()
    def loss(moved_by):
        parts = torch.tensor(start + moved_by).split([weight.numel() for weight in fixed.values()])
        weights = {name: part.reshape(fixed[name].shape) for name, part in zip(fixed, parts, strict=True)}
        outputs = torch.func.functional_call(net, weights, (images,))
        return torch.nn.functional.cross_entropy(outputs, labels).item()

    def curvature(u, v):
        along, across = step * (u + v), step * (u - v)
        return (loss(along) + loss(-along) - loss(across) - loss(-across)) / (4 * step**2)

    return np.array([[curvature(u, v) for u in probes] for v in case["vectors"].astype(np.float64)])


def test_the_table_of_the_courses_network_is_that_of_second_differences_and_of_differentiation():
    case, table = public_products.make_inputs()["cases"]["network"], public_products.NETWORK_CURVATURES
    probes = public_products.network_probes()
    np.testing.assert_allclose(second_differences(case, probes), table, atol=0.2)
    products = [eval_hess_vec_prod.network_product(case, vector) for vector in case["vectors"]]
    np.testing.assert_allclose(products @ probes.T, table, atol=0.006)
    net, written_out, images = CNN(), make_net(case), torch.tensor(case["images"])
    assert len(case["vectors"][0]) == NETWORK_SIZE == sum(p.numel() for p in net.parameters())
    net.load_state_dict(dict(zip(net.state_dict(), written_out.state_dict().values(), strict=True)))
    torch.testing.assert_close(net(images), written_out(images))


@pytest.mark.parametrize("seed", range(3))
def test_rounding_does_not_decide_on_the_products_of_a_hidden_network(seed):
    case, rng = checks.prepare("eval_hess_vec_prod", seed)[0]["cases"]["network"], np.random.default_rng(1)
    weights = {name: (1 + 1e-6 * rng.standard_normal(array.shape)) * array for name, array in case["weights"].items()}
    cases = case, {**case, "weights": weights}
    for vector in case["vectors"]:
        here, there = (eval_hess_vec_prod.network_product(each, vector) for each in cases)
        assert np.linalg.norm(there - here) < 1e-3 * np.linalg.norm(here)


def test_the_formula_of_the_path_gives_the_points_that_were_placed_by_hand():
    for t, shares in public_paths.PLACED.items():
        np.testing.assert_allclose(Polychain.coefficients(t), shares, atol=1e-12)


def test_gradients_for_the_bend_agree_with_differences_of_the_loss():
    inputs = public_paths.make_inputs()
    hidden, visible = Polychain.make_reference(inputs), public_paths.make_reference(inputs)
    for key in ("bend_gradients", "outputs"):
        for a, b in zip(hidden[key], visible[key]):
            np.testing.assert_allclose(a, b, atol=1e-6)


def test_the_decomposition_of_a_cloud_gives_the_directions_that_it_was_made_of():
    for cloud in public_directions.clouds().values():
        found = principal_directions.decompose(cloud["points"].astype(np.float64))
        np.testing.assert_allclose(found["mean"], cloud["mean"], atol=1e-6)
        np.testing.assert_allclose(np.abs(np.sum(found["directions"] * cloud["directions"], axis=1)), 1, atol=1e-6)
        shares = [variances / variances.sum() for variances in (found["variances"], cloud["variances"])]
        np.testing.assert_allclose(shares[0][: len(shares[1])], shares[1], atol=1e-6)


def test_bernsteins_polynomials_give_the_points_that_were_placed_by_hand():
    for placed, degree in ((public_curves.QUADRATIC, 2), (public_curves.CUBIC, 3)):
        np.testing.assert_allclose(Bezier.bernstein(degree, np.array(list(placed))), list(placed.values()), atol=1e-12)


def test_the_eigenvalues_of_a_walk_are_those_of_the_table_and_of_the_formula():
    for n, shares in public_walks.SHARES.items():
        np.testing.assert_allclose(random_walk_explained_variance.shares(n), shares, atol=1e-12)
    k = np.arange(1, 200)
    formula = 6 / (200**2 - 1) / (4 * np.sin(k * np.pi / 400) ** 2)
    np.testing.assert_allclose(random_walk_explained_variance.shares(200), formula, rtol=1e-9)


def test_the_shares_are_those_of_a_walk_in_very_many_dimensions():
    steps = np.random.default_rng(0).standard_normal((12, 100_000))
    points = np.cumsum(steps, axis=0)
    variances = np.linalg.svd(points - points.mean(0), compute_uv=False)[:-1] ** 2
    np.testing.assert_allclose(variances / variances.sum(), random_walk_explained_variance.shares(12), rtol=0.02)


def test_the_angles_of_a_pair_of_subspaces_are_those_of_which_it_was_made():
    pairs = public_overlaps.pairs()
    found = subspace_overlap.make_reference({"cases": pairs})
    for name, pair in pairs.items():
        np.testing.assert_allclose(np.sort(found[name]), np.sort(np.cos(pair["angles"])), atol=1e-7, err_msg=name)
        for basis in (pair["U"], pair["V"]):
            np.testing.assert_allclose(basis.T @ basis, np.eye(basis.shape[1]), atol=1e-12)


def test_the_optional_exercises_are_those_whose_test_cells_have_no_points():
    cells = [cell for path in SOLUTIONS.glob("*.ipynb") for cell in nbformat.read(path, as_version=4).cells]
    points = {cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points for cell in cells
              if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")}  # fmt: skip
    due = {f"test_{task}": 0 if check.bonus else check.max_score for task, check in checks.CHECKS.items()}
    assert points == due


@pytest.mark.parametrize("task", checks.CHECKS)
def test_the_text_of_a_task_promises_the_points_that_its_criteria_have(task):
    cells = [cell for path in SOLUTIONS.glob("*.ipynb") for cell in nbformat.read(path, as_version=4).cells]
    (text,) = (cell.source for cell in cells if f"**Write** `{task}`" in cell.source)
    points, bonus = re.search(r"\*\*Write\*\* .*?(\d+) (bonus )?points", text).groups()
    assert (int(points), bool(bonus)) == (checks.CHECKS[task].max_score, checks.CHECKS[task].bonus)


def test_a_grade_of_an_optional_exercise_is_printed_and_is_no_number(capsys):
    assert checks.grade("subspace_overlap", lambda U, V: 0.5) is None
    assert capsys.readouterr().out.endswith("0 of 2 bonus points\n")


def wobbly_product(vec, params, net, criterion, dataloader, device):
    for p in params:
        p.grad = torch.rand_like(p)


@pytest.mark.parametrize("grade_id, answer", [("principal_directions", svd), ("eval_hess_vec_prod", wobbly_product)])
def test_the_same_seed_gives_the_same_verdicts_and_leaves_the_random_numbers_as_they_were(grade_id, answer):
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = checks.run(grade_id, answer, seed=3)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(2)
    assert checks.run(grade_id, answer, seed=3) == first


@pytest.mark.long
def test_seeds_give_different_inputs():
    for task in checks.CHECKS:
        one, same, other = (repr(checks.prepare.__wrapped__(task, seed)[0]) for seed in (1, 1, 2))
        assert one == same != other


def test_an_answer_that_is_missing_has_no_points_and_a_message():
    for grade_id, check in checks.CHECKS.items():
        verdicts = checks.run(grade_id, None)
        assert sum(verdict.score for verdict in verdicts) == 0
        assert sum(verdict.max_score for verdict in verdicts) == check.max_score > 0
        assert all(f"Nothing named {grade_id}" in verdict.message for verdict in verdicts)


@pytest.mark.parametrize("task", checks.CHECKS)
def test_the_inputs_and_the_results_of_a_right_answer_may_cross_the_wall(task):
    from test_submissions import RIGHT, execute

    source = next(submission.source for submission in RIGHT if submission.task == task)
    inputs = crossing.unpack(crossing.pack(checks.prepare(task, 0)[0]))
    results = crossing.unpack(crossing.pack(checks.CHECKS[task].drive.drive(execute(source, task, "<answer>"), inputs)))
    verdicts = checks.judge_results(task, {"cpu": results}, seed=0)
    assert sum(verdict.score for verdict in verdicts) == checks.CHECKS[task].max_score


@pytest.mark.parametrize("answer", [3, "text", lambda: None, print, len, dict, object, torch.nn.Linear])
def test_what_is_no_answer_at_all_has_no_points(answer):
    for grade_id in checks.CHECKS:
        assert sum(verdict.score for verdict in checks.run(grade_id, answer)) == 0


def test_an_unknown_device_is_refused_and_cuda_demanded_only_where_it_is():
    with pytest.raises(ValueError, match="'auto', 'cpu' or 'cuda'"):
        checks.devices("gpu")
    if not torch.cuda.is_available():
        assert checks.devices("auto") == ["cpu"]
        with pytest.raises(RuntimeError, match="no GPU"):
            checks.devices("cuda")


def test_an_imprecise_answer_has_on_two_devices_the_points_of_the_stricter_one():
    """Where a GPU's coarser rounding is allowed for, differences are right, and fill the half that an answer may have
    which fails on the course's network."""
    from test_submissions import WRONG, execute

    task = "eval_hess_vec_prod"
    (submission,) = (each for each in WRONG if each.name == f"{task}/finite_differences")
    answer = execute(submission.source, task, "<answer>")
    results = checks.CHECKS[task].drive.drive(answer, checks.prepare(task, 0)[0])
    on_cpu, on_gpu, on_both = (
        checks.judge_results(task, dict.fromkeys(devices, results), seed=0)
        for devices in (["cpu"], ["cuda"], ["cpu", "cuda"])
    )
    assert sum(verdict.score for verdict in on_gpu) == 5
    assert on_both == on_cpu


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_right_answers_are_right_on_cuda_with_tf32_on_and_off():
    from test_submissions import RIGHT, execute

    for allowed in (True, False):
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = allowed
        for submission in RIGHT:
            answer = execute(submission.source, submission.task, "<answer>")
            said = [v.message for v in checks.run(submission.task, answer, device="cuda") if v.score < v.max_score]
            assert bool(said) != submission.on_cuda and all("device" in text for text in said[:1]), (submission, said)


@pytest.mark.long
def test_a_grade_is_a_float_and_nothing_goes_to_stderr():
    script = NOISY_ANSWER + GRADE.replace("checks.grade", "points = checks.grade") + "\nprint(repr(points))"
    done = subprocess.run([sys.executable, "-c", script], cwd=REPO, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.endswith("4 of 6 points\n4.0\n") and "kept part" in done.stdout
    assert "points:" not in done.stdout and "oh" not in done.stdout.split()


@pytest.mark.kernel
@pytest.mark.parametrize("broken, points", [(False, 4.0), (True, 0.0)])
def test_nbgrader_takes_the_output_of_the_test_cell_for_the_points(broken, points):
    source = "def principal_directions(ws):\n    raise ValueError" if broken else NOISY_ANSWER
    settings = dict(schema_version=3, grade_id="test", grade=True, solution=False, locked=True, points=6)
    test = new_code_cell(GRADE, metadata={"nbgrader": settings})
    notebook = new_notebook(cells=[new_code_cell(source), test])
    NotebookClient(notebook, kernel_name="python3").execute(cwd=str(REPO))
    nbformat.validate(notebook)
    assert determine_grade(notebook.cells[1]) == (points, 6)


@pytest.mark.long
def test_no_message_to_a_student_holds_a_seed_or_an_array():
    from test_submissions import WRONG, execute

    for submission in WRONG[::20]:
        answer = execute(submission.source, submission.task, "<answer>")
        for verdict in checks.run(submission.task, answer, seed=987654321):
            assert "987654321" not in verdict.message and len(verdict.message) < 1500
            assert not re.search(r"(?<![\w.])(array|tensor)\(", verdict.message)  # as in the student's own np.array(
