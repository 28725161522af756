"""
task: principal_directions
points: 0.5-5.5
diagnosis: order|swapped|plane|complex|direction|transposed
why: np.linalg.eig of the covariance, whose eigenvalues come in no order, and whose rows it takes for vectors.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    values, vectors = np.linalg.eig(np.cov(ws.T))
    return mean, vectors[0], vectors[1], values[:2] / values.sum()
