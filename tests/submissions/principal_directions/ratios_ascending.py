"""
task: principal_directions
points: 2-3
experiment: no
diagnosis: order|swapped;n x n
why: The ratios of eigh in ascending order, beside directions in the right order.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(ws.T))
    return mean, vectors[:, -1], vectors[:, -2], values[-2:] / values.sum()
