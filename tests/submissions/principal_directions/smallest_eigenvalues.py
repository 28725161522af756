"""
task: principal_directions
points: 1-3.5
diagnosis: order|smallest|swapped
why: Forgets that eigh sorts in ascending order, and takes the two smallest.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(ws.T))
    return mean, vectors[:, 0], vectors[:, 1], values[:2] / values.sum()
