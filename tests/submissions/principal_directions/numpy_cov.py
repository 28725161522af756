"""
task: principal_directions
points: 6
why: np.cov and eigh, with the columns taken from the end.
"""


def principal_directions(ws):
    C = np.cov(ws, rowvar=False)
    values, vectors = np.linalg.eigh(C)
    total = values.sum()
    return ws.mean(0), vectors[:, -1], vectors[:, -2], np.array([values[-1] / total, values[-2] / total])
