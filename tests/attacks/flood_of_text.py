"""Prints without end at the top level of the cell."""

while True:
    print("10.0 of 10 points " * 1000)
