"""
task: principal_directions
points: 6
reference: yes
why: Eigenvectors of the small matrix of scalar products, carried over to weight space.
"""


def principal_directions(ws):
    ws64 = np.array(ws, dtype=np.float64)
    mean = ws64.sum(axis=0) / ws64.shape[0]
    A = ws64 - mean
    G = A @ A.T
    lam, U = np.linalg.eigh(G)
    lam, U = lam[::-1], U[:, ::-1]
    d = A.T @ U[:, :2]
    d = d / np.linalg.norm(d, axis=0)
    return mean, d[:, 0], d[:, 1], lam[:2] / lam.sum()
