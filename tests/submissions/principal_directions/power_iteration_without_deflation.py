"""
task: principal_directions
points: 1.5-4.5
diagnosis: orthogonal
why: Power iteration twice without deflation, so that both directions are the first one.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    X = ws - mean
    rng = np.random.default_rng(0)
    directions, variances = [], []
    for _ in range(2):
        d = rng.normal(size=X.shape[1])
        for _ in range(1000):
            d = X.T @ (X @ d)
            d = d / np.linalg.norm(d)
        directions.append(d)
        variances.append(((X @ d) ** 2).sum() / (X ** 2).sum())
    return mean, directions[0], directions[1], np.array(variances)
