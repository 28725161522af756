"""
task: principal_directions
points: 1-5.5
diagnosis: unit length|direction|mean|ratio|precision
why: Rounds all results to two digits for a nicer print.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean.round(2), Vt[0].round(2), Vt[1].round(2), (S[:2] ** 2 / (S ** 2).sum()).round(2)
