"""
task: principal_directions
points: 0
diagnosis: return|None|four
why: Prints the results in place of returning them.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    print(mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum())
