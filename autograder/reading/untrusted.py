"""The bytes that a student handed in, read as a notebook of any format, with nothing in them trusted."""

import json
from itertools import count

from autograder.errors import Unreadable
from autograder.notebook_files import MOST_BYTES
from autograder.outputs import MOST_OUTPUTS, clean_text

MOST_VALUES = 1_000_000  # lists and objects of its JSON, of which each takes some 200 bytes of memory
MOST_CELLS = 1000
FORMATS = (1, 2, 3, 4, "1", "2", "3", "4")


def read_untrusted(data):
    """A notebook of format 1 to 4 as plain dicts: "metadata", "cells", and "remarks" for the instructor.

    A cell has its "number", "cell_type", None where it is no text, "source", with plain line ends, "id", None where it
    has none, and "metadata" and "outputs", of which no more is known than that they are a dict and a list. Old formats
    are read here, as nbformat takes minutes and gigabytes for what a stranger can put into one.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(f"the file has {len(data) / 2**20:.0f} MB; {MOST_BYTES // 2**20} are the most")
    if data.count(b"{") + data.count(b"[") > MOST_VALUES:
        raise Unreadable(f"it has more than {MOST_VALUES:,} lists and objects")
    notebook, remarks = _parsed(data)
    if not isinstance(notebook, dict):
        raise Unreadable("it is no notebook: it has no list of cells")
    if isinstance(notebook.get("content"), dict):  # as Jupyter's server wraps it
        notebook = notebook["content"]
    version = notebook.get("nbformat", 4)
    if version not in FORMATS:
        named = str(version)[:20] if isinstance(version, str | int | float) else "none"
        raise Unreadable(f"its format is {named}; 1 to 4 can be read")
    cells = [cell for cell in _cells_of(notebook) if isinstance(cell, dict)]
    if not cells:
        raise Unreadable("it is no notebook: it has no cells")
    if len(cells) > MOST_CELLS:
        raise Unreadable(f"it has {len(cells):,} cells; {MOST_CELLS:,} are the most")
    metadata = notebook.get("metadata")
    return {"metadata": metadata if isinstance(metadata, dict) else {}, "cells": [*map(_plain, count(1), cells)],
            "remarks": remarks}  # fmt: skip


def _parsed(data):
    """The JSON of these bytes, and what is to be said of them."""
    if not data.strip():
        raise Unreadable("the file is empty")
    if data.lstrip()[:1] == b"<":
        raise Unreadable("it is no notebook, but a web page")
    try:
        try:
            return json.loads(data), []
        except UnicodeDecodeError:
            text = data.decode("cp1252")
            return json.loads(text), ["the file is not in UTF-8; it was read as Windows' western text (cp1252)"]
    except RecursionError:
        raise Unreadable("its JSON is nested too deeply") from None
    except Exception as error:  # whatever a parser says to what a stranger wrote
        raise Unreadable(f"it is no notebook ({type(error).__name__})") from None


def _cells_of(notebook):
    """The list of cells, which formats 2 and 3 keep in worksheets."""
    sheets = notebook.get("worksheets")
    sheets = [notebook, *(sheets if isinstance(sheets, list) else [])]
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return [cell for cells in lists if isinstance(cells, list) for cell in cells]


SOURCES = ("source", "input", "code", "text")  # where a cell has its source: the last three are of formats 1 to 3
TEXT_CELLS = ("heading", "html", "text")  # of formats 1 to 3, today markdown
MARKDOWN_MAGICS = ("%md", "%%md", "%%markdown")  # by which a platform exports text as a cell of code


def _plain(number, cell):
    """An untrusted cell with the values that `read_untrusted` promises."""
    source = clean_text(next((cell[key] for key in SOURCES if key in cell), ""))
    source = source.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    kind = cell.get("cell_type") if isinstance(cell.get("cell_type"), str) else None
    first, _, rest = source.partition("\n")
    if kind == "heading" and isinstance(cell.get("level"), int) and 0 < cell["level"] < 7:
        source = f"{'#' * cell['level']} {source}"
    if kind == "code" and (words := first.split(maxsplit=1)) and words[0] in MARKDOWN_MAGICS:
        kind, source = "markdown", "\n".join([*words[1:], *([rest] if rest else [])])
    metadata, outputs = cell.get("metadata"), cell.get("outputs")
    return {
        "cell_type": "markdown" if kind in TEXT_CELLS else kind,
        "source": source,
        "number": number,
        "id": cell["id"] if isinstance(cell.get("id"), str) else None,
        "metadata": metadata if isinstance(metadata, dict) else {},
        "outputs": [*map(_modern, outputs[: MOST_OUTPUTS + 1])] if isinstance(outputs, list) else [],
        "attachments": bool(cell.get("attachments")),
    }


OLD_KINDS = {"pyout": "execute_result", "pyerr": "error"}
OLD_DATA = {"text": "text/plain", "png": "image/png", "jpeg": "image/jpeg"}


def _modern(output):
    """An untrusted output; one of format 1 to 3 as it would be in format 4."""
    if not isinstance(output, dict) or not isinstance(output.get("output_type"), str):
        return output
    kind = OLD_KINDS.get(output["output_type"], output["output_type"])
    if kind in ("execute_result", "display_data") and "data" not in output:
        return {"output_type": kind, "data": {OLD_DATA[key]: output[key] for key in OLD_DATA if key in output}}
    return {"name": output.get("stream"), **output, "output_type": kind}
