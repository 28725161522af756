"""
task: principal_directions
points: 2-3
experiment: no
diagnosis: unit length
why: Scales the directions by the singular values.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, S[0] * Vt[0], S[1] * Vt[1], S[:2] ** 2 / (S ** 2).sum()
