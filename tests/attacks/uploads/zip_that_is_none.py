"""Hands in a file that is called a zip, and is nothing but the end of one that claims 65,535 files."""


def upload_zip(path, notebook):
    path.write_bytes(b"PK\x05\x06" + b"\xff" * 18)
