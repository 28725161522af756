"""
task: principal_directions
points: 3.5-5.5
diagnosis: percent|factor|ratio
why: The ratios in percent.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[0], Vt[1], 100 * S[:2] ** 2 / (S ** 2).sum()
