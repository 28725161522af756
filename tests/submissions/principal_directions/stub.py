"""
task: principal_directions
points: 0
diagnosis: raised|not written|NotImplemented
why: The stub as it was released.
"""


def principal_directions(ws):
    """The mean of the points, the first two principal directions and their shares of the variance."""
    # YOUR CODE HERE
    raise NotImplementedError()
