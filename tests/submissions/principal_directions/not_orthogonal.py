"""
task: principal_directions
points: 1-4
diagnosis: orthogonal|plane
why: The directions to the first and the last point, which are not orthogonal.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    d1 = ws[-1] - mean
    d2 = ws[0] - mean
    d1 = d1 / np.linalg.norm(d1)
    d2 = d2 / np.linalg.norm(d2)
    X = ws - mean
    var = np.array([((X @ d1) ** 2).sum(), ((X @ d2) ** 2).sum()])
    return mean, d1, d2, var / (X ** 2).sum()
