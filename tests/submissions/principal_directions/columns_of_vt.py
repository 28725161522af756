"""
task: principal_directions
points: 1-4
diagnosis: shape|transposed|column
why: Takes the columns of Vt, as if it were V.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    U, S, V = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, V[:, 0], V[:, 1], S[:2] ** 2 / (S ** 2).sum()
