"""
task: principal_directions
points: 3.5-5.5
diagnosis: return the first two only, those
why: Returns the ratios of all directions in place of two.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[0], Vt[1], S ** 2 / (S ** 2).sum()
