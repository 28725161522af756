"""
task: principal_directions
points: 6
why: Thin SVD of the centred points.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    U, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    ratios = S**2 / np.sum(S**2)
    return mean, Vt[0], Vt[1], ratios[:2]
