"""What an answer raises in a hidden call is told without the hidden inputs, and as well as can be without them."""

import numpy as np
import pytest
import torch

from autograder.marking.raised import KEPT_BACK, results_without_data, texts_raised_in, without_data
from losssurf_lab.calling import attempt

SOURCE = """import torch
def answer(x, images):
    y = x + scale
    return torch.cat([y, images])
class Mine(ValueError): pass
def helper(): raise Mine("0.123 0.456")
"""


def raised_by(call):
    return attempt(call)[1]


def told(raised):
    return without_data(raised, [SOURCE])


@pytest.mark.parametrize(
    "call, words", [
        (lambda: scale, "NameError: name 'scale' is not defined"),  # noqa: F821
        (lambda: torch.zeros(3) + torch.zeros(4), "RuntimeError: The size of tensor a (...) must match"),
        (lambda: torch.zeros(2, 3) @ torch.zeros(2, 3), "RuntimeError: mat1 and mat2 shapes cannot be multiplied"),
        (lambda: torch.zeros(3).reshape(2, 2), "RuntimeError: shape '...' is invalid for input of size ..."),
        (lambda: torch.zeros(3).backward(), "RuntimeError: element ... of tensors does not require grad"),
        (lambda: torch.zeros(3, requires_grad=True).numpy(), "RuntimeError: Can't call numpy() on Tensor that"),
        (lambda: np.zeros(3) + np.zeros(4), "ValueError: operands could not be broadcast together"),
        (lambda: np.zeros((2, 3)) @ np.zeros((2, 3)), "ValueError: matmul: Input operand ... has a mismatch"),
        (lambda: None.grad, "AttributeError: 'NoneType' object has no attribute '...'"),
        (lambda: None.images, "AttributeError: 'NoneType' object has no attribute 'images'"),
        (lambda: None + 1, "TypeError: unsupported operand type(s) for"),
        (lambda: (lambda x: x)(), "TypeError: "),
        (lambda: [][3], "IndexError: list index out of range"),
        (lambda: np.linalg.inv(np.zeros((2, 2))), "LinAlgError: Singular matrix"),
    ]
)  # fmt: skip
def test_a_common_error_is_told_in_its_own_words(call, words):
    assert told(raised_by(call)).startswith(words)


def test_a_graph_that_was_freed_is_told():
    x = torch.ones(2, requires_grad=True)
    loss = (x * x).sum()
    loss.backward()
    assert "a second time" in told(raised_by(loss.backward))


@pytest.mark.parametrize(
    "message", [
        "0.123 0.456", "HIDDEN [0.5, 0.25]", "one two three", "images 7", "name 'abqz' is not defined",
        "'NoneType' object has no attribute 'q0_123'", "Singular matrix 0.75 0.5", "list index out of range\n0.75",
        "index [0.75] outside [0.1, 0.2], the range of abqz", "operands could not be broadcast together 0.75", "",
    ]
)  # fmt: skip
def test_no_number_and_no_word_of_the_message_that_the_student_has_not_written_gets_through(message):
    text = told(f"ValueError: {message}")
    assert not any(char.isdigit() for char in text) and "abqz" not in text and "HIDDEN" not in text
    assert text.startswith("ValueError")


def test_what_is_kept_back_is_said():
    assert told("ValueError: 0.123 0.456") == f"ValueError: {KEPT_BACK}"


def test_the_type_of_an_exception_is_told_where_it_is_known_or_the_students():
    assert told("Mine: 1") == f"Mine: {KEPT_BACK}"
    assert told("Q0_123_456: 1") == f"an exception: {KEPT_BACK}"
    assert told("0.123") == "an exception" and told("KeyError") == "KeyError"


def test_lines_of_the_traceback_are_told_where_they_are_the_students_own():
    frames = ["  line 3, in answer: y = x + scale", "  line 4, in h0_123: return 0.123"]
    frames += ["  line 999999, in answer: y = x + scale"]
    assert told("\n".join(["NameError: name 'scale' is not defined", *frames])).split("\n") == [
        "NameError: name 'scale' is not defined", "  line 3: y = x + scale",
    ]  # fmt: skip


def test_a_message_of_the_form_of_lines_is_no_line():
    assert told("ValueError: x\n  line 3, in a: 0.123\n0.456") == f"ValueError: {KEPT_BACK}"


def test_texts_in_results_are_told_like_exceptions_and_all_else_stays():
    results = {"a": {"raised": "ValueError: 0.123", "values": [1.5, np.ones(2)]}}
    results["b"] = [{"error": ""}, {"kind": "list"}]
    assert texts_raised_in(results) == ["ValueError: 0.123"]
    told = results_without_data({**results, "c": {"kind": "Q0_123"}, "shape": "(3, 4)"}, [SOURCE])
    assert told["a"]["raised"] == f"ValueError: {KEPT_BACK}" and told["a"]["values"] == results["a"]["values"]
    assert told["b"] == results["b"] and told["c"]["kind"] == "..." and told["shape"] == "(3, 4)"


def test_texts_in_a_list_of_exceptions_are_told_like_each_of_them():
    results = {"path": {"errors": ["", "ValueError: 0.123", "NameError: name 'scale' is not defined"]}}
    assert texts_raised_in(results) == results["path"]["errors"][1:]
    told = results_without_data(results, [SOURCE])["path"]["errors"]
    assert told == ["", f"ValueError: {KEPT_BACK}", "NameError: name 'scale' is not defined"]


def test_a_forged_result_of_many_texts_is_read_with_one_look_at_what_the_student_wrote():
    class Sources(list):
        looks = 0

        def __iter__(self):
            self.looks += 1
            return super().__iter__()

    sources = Sources([SOURCE])
    results_without_data({"kind": [f"q{number}" for number in range(1000)], "raised": ["a: b"] * 1000}, sources)
    assert sources.looks <= 2


@pytest.mark.parametrize("raised", ["", "\n" * 5, "x" * 10**5, ": " * 10**4, "ValueError: " + "(" * 10**5])
def test_no_text_takes_long_or_fails(raised):
    assert len(told(raised)) < 200
