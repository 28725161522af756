"""
task: principal_directions
points: 6
why: eigsh of scipy with the product by the covariance, which is never formed.
"""


from scipy.sparse.linalg import LinearOperator, eigsh


def principal_directions(ws):
    mean = ws.mean(axis=0)
    X = (ws - mean).astype(np.float64)
    n = X.shape[1]
    op = LinearOperator((n, n), matvec=lambda v: X.T @ (X @ v), dtype=np.float64)
    vals, vecs = eigsh(op, k=2, which="LA", v0=X[0] + X.std(0))
    total = (X ** 2).sum()
    return mean, vecs[:, 1], vecs[:, 0], vals[::-1] / total
