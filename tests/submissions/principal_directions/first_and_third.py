"""
task: principal_directions
points: 2.5-5
diagnosis: second|plane|direction2|order
why: The index of the second direction is one too high.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    ratios = S**2 / (S**2).sum()
    return mean, Vt[0], Vt[2], ratios[:2]
