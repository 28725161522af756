"""
task: principal_directions
points: 0-3
experiment: no
diagnosis: plane|direction
why: The first two coordinate axes, which are unit vectors and orthogonal.
"""


def principal_directions(ws):
    d1, d2 = np.eye(ws.shape[1])[:2]
    return ws.mean(axis=0), d1, d2, np.array([0.9, 0.1])
