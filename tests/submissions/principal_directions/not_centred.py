"""
task: principal_directions
points: 0.5-3
experiment: no
diagnosis: centred
why: The SVD of the points themselves, whose first direction is about that of the mean.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    U, S, Vt = np.linalg.svd(ws, full_matrices=False)
    ratios = S**2 / np.sum(S**2)
    return mean, Vt[0], Vt[1], ratios[:2]
