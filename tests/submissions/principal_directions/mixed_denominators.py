"""
task: principal_directions
points: 3.5-5.5
diagnosis: factor|ratio|variance
why: Divides variances over n - 1 by a total over n.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    variances = S[:2] ** 2 / (len(ws) - 1)
    return mean, Vt[0], Vt[1], variances / ws.var(axis=0).sum()
