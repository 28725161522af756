"""
task: principal_directions
points: 3.5-5.5
diagnosis: kept
why: Divides by the variance along the two kept directions, so that the ratios add up to one.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    S = S[:2]
    return mean, Vt[0], Vt[1], S ** 2 / (S ** 2).sum()
