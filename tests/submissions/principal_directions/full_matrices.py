"""
task: principal_directions
points: 2-3
experiment: no
diagnosis: n x n
why: np.linalg.svd as it comes, whose V is n x n: 16 GB for the course's network.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    U, S, Vt = np.linalg.svd(ws - mean)
    ratios = S ** 2 / np.sum(S ** 2)
    return mean, Vt[0], Vt[1], ratios[:2]
