"""
task: principal_directions
points: 2-3
experiment: no
diagnosis: four;three
why: The two directions in a tuple of their own: three values.
"""


def principal_directions(ws):
    mean = ws.mean(0)
    _, s, vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, (vt[0], vt[1]), s[:2] ** 2 / np.sum(s ** 2)
