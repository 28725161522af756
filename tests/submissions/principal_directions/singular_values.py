"""
task: principal_directions
points: 3.5-5.5
diagnosis: singular values
why: Ratios of singular values in place of their squares.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[0], Vt[1], (S / S.sum())[:2]
