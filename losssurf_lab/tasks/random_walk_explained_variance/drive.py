"""The random walk's explained variance called: once for each n and k."""

from ...calling import call_for_numbers, reproducibly


def drive(answer, inputs, device="cpu"):
    """Call the answer on each n and k: `{case: {"values": (as many as k,), "shape": text, "unchanged", "raised"}}`."""
    with reproducibly(inputs["random_start"]):
        return {name: call_for_numbers(answer, [case["n"], case["k"]]) for name, case in inputs["cases"].items()}
