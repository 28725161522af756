"""Loops for ever at the top level of the cell."""

while True:
    pass
