"""Cosines of ever shorter waves: what a long random walk looks like, and columns that are orthogonal."""

import numpy as np


def cosines(num_points, count):
    """What the projections of a long random walk tend to, (num_points, count): cos(k pi t), t = (p - 1/2) / num_points.

    p = 1, ..., num_points is the point and k = 1, ..., count the component. Source: arXiv 1806.08805.
    """
    t = (np.arange(num_points) + 0.5) / num_points
    return np.cos(np.pi * np.outer(t, np.arange(1, count + 1)))


def orthonormal_waves(rows, columns):
    """A matrix whose columns, waves of ever shorter length, are orthogonal, of unit length and of mean zero."""
    return np.sqrt(2 / rows) * cosines(rows, columns)
