"""
task: principal_directions
points: 3.5-5.5
diagnosis: ratio|cumul|variance
why: The second ratio is that of both directions together.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[0], Vt[1], np.cumsum(S ** 2 / (S ** 2).sum())[:2]
