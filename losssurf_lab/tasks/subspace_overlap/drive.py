"""The overlap of two subspaces called: once for each pair of bases."""

from ...calling import call_each, call_for_numbers, reproducibly


def drive(answer, inputs, device="cpu"):
    """Call the answer on each pair of bases: as above, with a "cost" where the case has a budget."""
    with reproducibly(inputs["random_start"]):
        return call_each(lambda case, budget: call_for_numbers(answer, [case["U"], case["V"]], 1, budget), inputs)
