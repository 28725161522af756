"""What goes out: solutions run, student versions made of them and searched for leaks, a course directory staged."""
