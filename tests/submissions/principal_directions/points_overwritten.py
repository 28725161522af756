"""
task: principal_directions
points: 4-5.5
diagnosis: changed|overwr|in place|argument
why: Centres the caller's points in place, which the plot afterwards still needs.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    ws -= mean
    _, S, Vt = np.linalg.svd(ws, full_matrices=False)
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
