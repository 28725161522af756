"""
task: principal_directions
points: 6
why: QR of the transposed points first, then the SVD of the small factor.
"""


def principal_directions(ws):
    m = np.average(ws, axis=0)
    Q, R = np.linalg.qr((ws - m).T)
    u, s, _ = np.linalg.svd(R)
    dirs = Q @ u[:, :2]
    var = s ** 2
    return m, dirs[:, 0], dirs[:, 1], var[:2] / var.sum()
