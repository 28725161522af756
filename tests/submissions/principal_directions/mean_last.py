"""
task: principal_directions
points: 0-3
diagnosis: order
why: Returns the ratios first and the mean last.
"""


def principal_directions(ws):
    mean = ws.mean(0)
    _, s, vt = np.linalg.svd(ws - mean, full_matrices=False)
    return s[:2] ** 2 / np.sum(s ** 2), vt[0], vt[1], mean
