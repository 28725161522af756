"""
task: principal_directions
points: 0.5-3.5
diagnosis: mean|centred
why: Takes the last point, where training ended, for the origin.
"""


def principal_directions(ws):
    mean = ws[-1]
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
