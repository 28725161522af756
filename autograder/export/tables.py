"""CSV files: ours, and those of a platform, which are filled in and else stay as they came."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import Refusal

BOM = "\ufeff"
EXCELS_LINE = re.compile(r"\A\"?sep=[,;\t]\"?\r?\n", re.IGNORECASE)  # which platforms would take for the header


@dataclass(frozen=True)
class Table:
    """A CSV file: the rows, each as long as the header, and the signs that it is written with."""

    header: list[str]
    rows: list[list[str]]
    delimiter: str = ","
    newline: str = "\r\n"
    bom: str = BOM

    def column(self, name):
        """The place of the column of this name, None where there is none."""
        return self.header.index(name) if name in self.header else None

    def encoded(self):
        """The bytes of the file."""
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, delimiter=self.delimiter, lineterminator=self.newline)
        writer.writerows([self.header, *self.rows])
        return (self.bom + stream.getvalue()).encode()


def read_table(path, required, advice):
    """The `Table` in the file at `path`, whose header must have the columns `required`; empty rows are dropped.

    Delimiter (comma, semicolon or tab), ends of lines and byte order mark are those of the file. Raises Refusal, which
    ends in `advice`, for a file of another kind.
    """
    try:
        text = Path(path).read_bytes().decode()
    except UnicodeDecodeError:
        raise Refusal(f"{path} is not in UTF-8: was it saved by a spreadsheet program?\n{advice}") from None
    bom = BOM if text.startswith(BOM) else ""
    text = EXCELS_LINE.sub("", text.removeprefix(BOM))
    for delimiter in ",;\t":
        try:
            header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        except (csv.Error, ValueError):  # ValueError: an empty file
            continue
        if set(required) <= set(header):
            rows = [row + [""] * (len(header) - len(row)) for row in rows if row]
            return Table(header, rows, delimiter, "\r\n" if "\r\n" in text else "\n", bom)
    raise Refusal(f"{path} has not the columns {', '.join(required)}.\n{advice}")
