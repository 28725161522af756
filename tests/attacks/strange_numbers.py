"""Returns NaN, infinity, numbers on the edge of float64, complex numbers and text where arrays are expected."""
# notebook: sgd_path_pca

import numpy as np


def principal_directions(ws):
    strange = np.full(ws.shape[1], np.nan), np.full(ws.shape[1], np.inf), np.array(["10.0"] * ws.shape[1])
    return *strange, np.array([1e308 * 10 + 1j, -1e308])
