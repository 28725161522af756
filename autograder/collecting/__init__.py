"""What comes in: the files of an upload, whose each is, and when it was handed in."""
