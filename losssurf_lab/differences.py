"""Derivatives by differences: those of the public checks, which come without differentiation."""

import torch

STEP = 1e-4  # of the differences, in float64, which find the derivatives to within 3e-7


def first_differences(function, point):
    """d function / d point (n, ...), for a function of many points at once, (points, n) to (points, ...)."""
    steps = STEP * torch.eye(len(point), dtype=point.dtype)
    return (function(point + steps) - function(point - steps)) / (2 * STEP)


def second_differences(function, point):
    """The matrix of second derivatives (n, n, ...) of such a function."""
    steps = STEP * torch.eye(len(point), dtype=point.dtype)
    pairs = [(a + b, a - b) for a in steps for b in steps]
    ahead, across = (torch.stack(points) for points in zip(*pairs))
    corners = function(point + ahead) + function(point - ahead) - function(point + across) - function(point - across)
    return corners.reshape(len(point), len(point), *corners.shape[1:]) / (4 * STEP**2)
