"""
task: principal_directions
points: 0-3
diagnosis: four|raised|shape|return
why: Returns a dictionary in place of four values.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return {"mean": mean, "direction1": Vt[0], "direction2": Vt[1], "ratios": S[:2] ** 2 / (S ** 2).sum()}
