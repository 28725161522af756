"""
task: principal_directions
points: 0-1.5
diagnosis: four|raised|return|None|NaN|no array
why: Only the mean is written.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    direction1 = None
    direction2 = None
    ratios = None
    return mean, direction1, direction2, ratios
