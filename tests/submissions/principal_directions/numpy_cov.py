"""
task: principal_directions
points: 2-3
experiment: no
diagnosis: n x n
why: np.cov of the parameters, an n x n matrix, and eigh.
"""


def principal_directions(ws):
    C = np.cov(ws, rowvar=False)
    values, vectors = np.linalg.eigh(C)
    total = values.sum()
    return ws.mean(0), vectors[:, -1], vectors[:, -2], np.array([values[-1] / total, values[-2] / total])
