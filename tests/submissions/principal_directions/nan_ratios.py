"""
task: principal_directions
points: 3-5.5
diagnosis: NaN
why: Rounding makes zero eigenvalues slightly negative; their root is NaN, and so is the sum.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    X = ws - mean
    values, vectors = np.linalg.eigh(X.T @ X)
    s = np.sqrt(values)
    ratios = s ** 2 / np.sum(s ** 2)
    return mean, vectors[:, -1], vectors[:, -2], ratios[[-1, -2]]
