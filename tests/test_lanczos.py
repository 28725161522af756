"""Spectra that are known: none of their eigenvalues is missing, or the result says that this cannot be told."""

import numpy as np
import pytest
import torch

from losssurf_lab.lanczos import KrylovSpace, Search

BULK = np.linspace(1, -1, 200)
SPECTRA = {  # name: (eigenvalues, how many are wanted)
    "simple": ([50, 20, 19.8, 7, 5, 2, *BULK, -9], 5),
    "several times": ([5, 5, 5, 2, 2, *np.zeros(50)], 5),
    "several times above others": ([5, 5, 5, 2, 2, *BULK], 5),
    "five times": ([7] * 5 + [*BULK], 5),
    "ten times": ([7] * 10 + [3, 2, *BULK], 12),
    "clusters": ([5, 5 - 1e-6, 5 - 2e-6, 3, 3 + 1e-6, *BULK], 5),
    "all of it several times": ([2, 2, 2, 1, 1, *[0] * 5], 10),
    "dense at the end": (np.linspace(0, 1, 1000), 5),
    "of rank 3": ([3, 2, 1, *np.zeros(97)], 5),
    "zero": (np.zeros(40), 4),
    "identity": (np.ones(40), 40),
    "of both signs": ([10, 9, -11, -12, 8.5, *BULK], 3),
    "large": ([5e12, 5e12, 4e12, *1e12 * BULK], 3),
    "small": ([5e-12, 5e-12, 4e-12, *1e-12 * BULK], 3),
    "semicircle": (
        np.linalg.eigvalsh(np.add(*(lambda a: (a, a.T))(np.random.default_rng(0).normal(size=(400, 400))))),
        4,
    ),
}


def search(eigenvalues, k, seed=0, start=None, dtype=torch.float32, tol=1e-2):
    """The search in a matrix with these eigenvalues, which is at its end; start: numbers of true eigenvectors."""
    n = len(eigenvalues)
    vectors = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]
    matrix = torch.tensor(vectors * eigenvalues @ vectors.T, dtype=dtype)
    start = None if start is None else vectors[:, start]
    found = Search(KrylovSpace(torch.zeros(n, dtype=dtype)), k, tol, start, seed)
    while (step := found.next_step()) is not None:
        found.space.grow(step, lambda vector: matrix @ vector)
    return found, matrix


def assert_none_is_missing(found, eigenvalues, k):
    right = np.sort(eigenvalues)[::-1][:k]
    np.testing.assert_allclose(found.space.pairs(k)[0], right, atol=4e-3 * max(np.abs(right).max(), 1e-30))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", SPECTRA)
def test_no_eigenvalue_is_missing(name, seed):
    eigenvalues, k = SPECTRA[name]
    found, _ = search(np.array(eigenvalues, dtype=float), k, seed)
    assert found.certain
    assert_none_is_missing(found, eigenvalues, k)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["simple", "several times above others", "ten times", "clusters", "of both signs"])
def test_start_vectors_that_lack_the_first_do_not_hide_it(name, seed):
    eigenvalues, k = SPECTRA[name]
    found, _ = search(np.sort(np.array(eigenvalues, dtype=float))[::-1], k, seed, start=[1, 2, 3])
    assert_none_is_missing(found, eigenvalues, k)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("eigenvalues", [
    [5, 5, 5, 2, 2, *np.zeros(4)], [*[1] * 3, *[0.9] * 3, *[-1] * 3], [5, 5, 5, 2, 2, -20, -20],
])  # fmt: skip
def test_a_third_copy_is_found_whose_value_is_another_by_rounding(eigenvalues, dtype):
    for seed in range(40):
        found, _ = search(np.array(eigenvalues, dtype=float), 3, seed, dtype=dtype)
        assert_none_is_missing(found, eigenvalues, 3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("scale", [1, 1e6])
def test_start_vectors_from_the_kernel_show_no_asymmetry(scale, dtype):
    eigenvalues = scale * np.array([3, 2, 1, *np.zeros(37)])
    for seed in range(5):
        found, _ = search(eigenvalues, 3, seed, start=[-1, -2], dtype=dtype)
        assert_none_is_missing(found, eigenvalues, 3)


@pytest.mark.parametrize("scale", [1e-30, 1e-20, 1e-12, 1e12, 1e20, 1e36])
def test_any_scale_that_single_precision_holds(scale):
    eigenvalues = scale * np.array([5, 5, 4, 3, 1, *np.linspace(1, -1, 30)])
    for start in (None, [1]):
        found, _ = search(eigenvalues, 4, start=start)
        assert found.certain
        np.testing.assert_allclose(found.space.pairs(4)[0], eigenvalues[:4], rtol=1e-3)


def test_eigenvalues_far_below_the_largest_are_found_in_double_precision_and_not_certain_in_single():
    eigenvalues = np.array([10, 8, 6, *np.linspace(1, -1, 60), -1e6])
    found, _ = search(eigenvalues, 3, dtype=torch.float64)
    np.testing.assert_allclose(found.space.pairs(3)[0], eigenvalues[:3], rtol=1e-6)
    assert not search(eigenvalues, 3)[0].certain


def test_where_it_cannot_be_told_the_result_says_so():
    eigenvalues = np.array([*BULK[:20], -3000])  # all of the bulk within a thousandth of the range
    found, _ = search(np.repeat(eigenvalues, 20), 3)
    assert not found.certain


@pytest.mark.parametrize("dtype, rounding", [(torch.float32, 2e-5), (torch.float64, 1e-12)])
def test_basis_and_pairs_are_as_exact_as_their_precision(dtype, rounding):
    eigenvalues = np.array(SPECTRA["ten times"][0], dtype=float)
    found, matrix = search(eigenvalues, 12, dtype=dtype, tol=1e-4)
    values, coefficients, lengths = found.space.pairs(12)
    vectors = found.space.vectors(coefficients)
    assert vectors.dtype == matrix.numpy().dtype
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(12), atol=rounding)
    errors = np.linalg.norm(matrix.numpy() @ vectors - vectors * values, axis=0)
    np.testing.assert_allclose(errors, lengths, atol=10 * rounding)


def test_it_holds_the_basis_and_the_two_vectors_of_a_step():
    found, _ = search(np.array([5.0, 3, 2, *BULK]), 3)
    held = [*found.space.basis.blocks, found.space.directions]
    assert sum(len(rows) for rows in held) <= found.space.size + found.space.basis.LENGTH + 2
    assert all(rows.dtype == torch.float32 for rows in held)
