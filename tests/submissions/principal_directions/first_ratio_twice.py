"""
task: principal_directions
points: 3.5-5.5
diagnosis: ratio
why: A copied line, so that the second ratio is the first.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    ratio1 = S[0] ** 2 / (S ** 2).sum()
    ratio2 = S[0] ** 2 / (S ** 2).sum()
    return mean, Vt[0], Vt[1], np.array([ratio1, ratio2])
