"""
task: principal_directions
points: 1-3
experiment: no
diagnosis: order|plane|first|second
why: Counts from one, so that the second and third directions come out.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    ratios = S**2 / (S**2).sum()
    return mean, Vt[1], Vt[2], ratios[1:3]
