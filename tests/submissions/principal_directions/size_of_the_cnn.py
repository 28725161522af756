"""
task: principal_directions
points: 0-1
diagnosis: raised
why: Reshapes the points to the CNN's number of parameters.
"""


def principal_directions(ws):
    ws = ws.reshape(-1, 44426)
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
