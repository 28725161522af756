"""
task: principal_directions
points: 6
why: Fixes the signs so that the path's end lies on the positive side; a direction's sign is free.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    X = ws - mean
    _, s, vt = np.linalg.svd(X, full_matrices=False)
    d1, d2 = vt[:2]
    if X[-1] @ d1 < 0:
        d1 = -d1
    if X[-1] @ d2 > 0:
        d2 = -d2
    projected = np.stack([X @ d1, X @ d2], axis=1)
    explained = (projected ** 2).sum(0) / (X ** 2).sum()
    return mean, d1, d2, explained
