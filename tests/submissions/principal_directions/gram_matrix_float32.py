"""
task: principal_directions
points: 6
why: The matrix of scalar products in the points' own precision, and the directions as lists.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    centred = ws - mean
    w, v = np.linalg.eigh(centred.dot(centred.T))
    directions = []
    for k in (-1, -2):
        direction = centred.T.dot(v[:, k])
        directions.append(direction / np.sqrt((direction ** 2).sum()))
    ratios = [w[-1] / w.sum(), w[-2] / w.sum()]
    return [mean, directions[0], directions[1], ratios]
