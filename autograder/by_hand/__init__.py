"""Written answers marked by people, on a page in the browser, which `python -m autograder mark` serves."""
