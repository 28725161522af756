"""What is laid into the sandbox and runs there, within reach of a student's code: nothing here is trusted afterwards.

The modules are imported there by their bare names; they import nothing of the rest of the package.
"""
