"""
task: principal_directions
points: 0.5-3
diagnosis: centred|plane|direction
why: PCA of the steps between neighbouring points, in place of the points.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    steps = np.diff(ws, axis=0)
    _, S, Vt = np.linalg.svd(steps, full_matrices=False)
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
