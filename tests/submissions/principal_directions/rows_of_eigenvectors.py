"""
task: principal_directions
points: 1-4
diagnosis: transposed|column|row|plane
why: Takes rows of eigh's matrix, whose columns are the eigenvectors.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(ws.T))
    vectors = vectors[:, ::-1]
    values = values[::-1]
    return mean, vectors[0], vectors[1], values[:2] / values.sum()
