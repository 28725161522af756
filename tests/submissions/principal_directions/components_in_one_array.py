"""
task: principal_directions
points: 2-3
experiment: no
diagnosis: four;three
why: Returns both directions in one array, three values in place of four.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[:2], S[:2] ** 2 / (S ** 2).sum()
