"""
task: principal_directions
points: 0.5-5
diagnosis: precision|accura|mean|unit length|direction|plane|orthogonal
why: Rounds the points to float16 to save memory.
"""


def principal_directions(ws):
    ws = ws.astype(np.float16)
    mean = ws.mean(axis=0)
    X = (ws - mean).astype(np.float32)
    _, S, Vt = np.linalg.svd(X, full_matrices=False)
    return mean, Vt[0].astype(np.float16), Vt[1].astype(np.float16), S[:2] ** 2 / (S ** 2).sum()
