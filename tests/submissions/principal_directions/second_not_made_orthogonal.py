"""
task: principal_directions
points: 2-4.5
diagnosis: orthogonal
why: The second direction is the sum of the first two.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    d2 = Vt[0] + Vt[1]
    return mean, Vt[0], d2 / np.linalg.norm(d2), S[:2] ** 2 / (S ** 2).sum()
