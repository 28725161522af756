"""A class graded: many submissions, one gradebook, one report."""
