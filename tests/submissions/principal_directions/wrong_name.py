"""
task: principal_directions
points: 0
diagnosis: defined|not found|missing|no function
why: The function has another name than the task asks for.
"""


def principle_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
