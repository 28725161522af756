"""
task: principal_directions
points: 0.5-3.5
diagnosis: standard|scale|plane|direction
why: np.corrcoef in place of np.cov.
"""


def principal_directions(ws):
    values, vectors = np.linalg.eigh(np.corrcoef(ws, rowvar=False))
    return ws.mean(axis=0), vectors[:, -1], vectors[:, -2], values[::-1][:2] / values.sum()
