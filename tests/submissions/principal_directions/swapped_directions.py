"""
task: principal_directions
points: 2.5-5
diagnosis: swapped|order
why: The last two eigenvectors in eigh's ascending order.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(ws.T))
    d1, d2 = vectors[:, -2:].T
    return mean, d1, d2, values[-2:] / values.sum()
