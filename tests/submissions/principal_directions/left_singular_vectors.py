"""
task: principal_directions
points: 1-4
diagnosis: transposed|shape
why: The left singular vectors, which have a number a point, in place of the right ones.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    U, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, U[:, 0], U[:, 1], S[:2] ** 2 / (S ** 2).sum()
