"""
task: principal_directions
points: 0-2
diagnosis: NaN
why: Divides by a spread that is zero, so that both directions and the ratios are NaN.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    spread = (mean - mean).std()
    X = (ws - mean) / spread
    X = np.where(np.isinf(X), np.nan, X)
    d1 = X[-1] / np.linalg.norm(X[-1])
    d2 = X[0] / np.linalg.norm(X[0])
    return mean, d1, d2, np.array([X.var(), X.var()])
