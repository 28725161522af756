"""
task: principal_directions
points: 0-3
experiment: no
diagnosis: plane|direction
why: Two random orthonormal directions.
"""


def principal_directions(ws):
    rng = np.random.default_rng()
    q, _ = np.linalg.qr(rng.normal(size=(ws.shape[1], 2)))
    mean = ws.mean(axis=0)
    X = ws - mean
    return mean, q[:, 0], q[:, 1], ((X @ q) ** 2).sum(0) / (X ** 2).sum()
