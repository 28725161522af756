"""
task: principal_directions
points: 0-0.5
experiment: no
diagnosis: unit length|zero
why: Zeros of the right shapes.
"""


def principal_directions(ws):
    n = ws.shape[1]
    return np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(2)
