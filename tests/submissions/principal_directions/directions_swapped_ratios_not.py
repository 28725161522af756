"""
task: principal_directions
points: 3-5.5
diagnosis: swapped|order
why: The directions are returned in the wrong order, the ratios in the right one.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[1], Vt[0], (S ** 2 / (S ** 2).sum())[:2]
