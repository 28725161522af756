"""
task: principal_directions
points: 2.5-4.5
diagnosis: plane|order|rotat|direction
why: The right plane with axes that are turned by 45 degrees.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    d1 = (Vt[0] + Vt[1]) / np.sqrt(2)
    d2 = (Vt[0] - Vt[1]) / np.sqrt(2)
    return mean, d1, d2, S[:2] ** 2 / (S ** 2).sum()
