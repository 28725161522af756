"""Stored outputs: as a reader would have seen them at the end, and, of students, only what is harmless to look at."""

import base64
import json
import struct
from itertools import groupby

from nbformat import from_dict
from nbformat.v4 import new_output

MOST_OUTPUTS = 200  # of a cell
MOST_PIXELS = 30_000_000  # of a picture, each four bytes in a browser; of one colour they fit into few
MOST_OUTPUT = 3 * 2**20  # characters of all that are kept; a picture of matplotlib's has 20,000 to 100,000


def tidy_outputs(notebook, folder):
    """Tidy all the outputs of `notebook` in place.

    Streams that follow one another become one per name, stdout first (which of the two came first is chance). `folder`,
    the temporary one that the notebook ran in, is written as ".", as its name differs at every run.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            groups = groupby(cell.outputs, key=lambda output: output.output_type == "stream")
            tidy = [_merged(group, folder) if is_stream else list(group) for is_stream, group in groups]
            cell.outputs = sum(tidy, [])


def _merged(streams, folder):
    texts = {"stdout": "", "stderr": ""}
    for stream in streams:
        texts[stream.name] += stream.text
    shown = {name: as_on_screen(text).replace(str(folder), ".") for name, text in texts.items()}
    return [new_output("stream", name=name, text=text) for name, text in shown.items() if text.strip()]


def as_on_screen(text):
    """`text` as a terminal shows it: what follows a carriage return overwrites the line from its start."""
    lines = []
    for line in text.split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip() if "\r" in line else shown)
    return "\n".join(lines)


def harmless_outputs(outputs, most):
    """Of untrusted outputs, as a list of dicts, what a page can show without running anything: text and pictures.

    most: characters kept of all of them together; where there is more, a line says so. Anything that is no output is
    left out.
    """
    kept, left = [], most
    outputs = outputs if isinstance(outputs, list) else []
    for output in outputs[:MOST_OUTPUTS]:
        harmless = _harmless(output) if isinstance(output, dict) else None
        left -= len(json.dumps(harmless)) if harmless else 0
        if left < 0:
            break
        kept += [harmless] if harmless else []
    if left < 0 or len(outputs) > MOST_OUTPUTS:
        kept.append(new_output("stream", name="stdout", text="(There is more, which is not kept.)\n"))
    return kept


def _harmless(output):
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return from_dict({"output_type": kind, "name": name, "text": clean_text(output.get("text"))})
    if kind == "error":
        lines = output.get("traceback")
        traceback = [clean_text(line) for line in lines] if isinstance(lines, list) else []
        texts = {key: clean_text(output.get(key)) for key in ("ename", "evalue")}
        return from_dict({"output_type": kind, **texts, "traceback": traceback})
    data = output.get("data")
    if kind not in ("display_data", "execute_result") or not isinstance(data, dict):
        return None
    shown = {"text/plain": clean_text(data["text/plain"])} if "text/plain" in data else {}
    for picture, pixels_of in PICTURES.items():
        text = clean_text(data.get(picture)).replace("\n", "")
        if _is_picture(text, pixels_of):
            shown[picture] = text
    if not shown:
        return None
    # Never a result: of those nbgrader reads grades.
    return from_dict({"output_type": "display_data", "data": shown, "metadata": {}})


def _pixels_of_png(data):
    """How many pixels a PNG says it has, None where it is none."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or len(data) < 24:
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return width * height


def _pixels_of_jpeg(data):
    """How many pixels a JPEG says it has, None where it is none, or says so at no place where all readers look."""
    place = 2 if data.startswith(b"\xff\xd8") else len(data)
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker, length = struct.unpack_from(">BH", data, place + 1)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # tables, which are no frame
            height, width = struct.unpack_from(">HH", data, place + 5)
            return width * height
        place += 2 + length
    return None


PICTURES = {"image/png": _pixels_of_png, "image/jpeg": _pixels_of_jpeg}


def _is_picture(text, pixels_of):
    try:
        pixels = pixels_of(base64.b64decode(text, validate=True))
    except ValueError:
        return False
    return pixels is not None and pixels <= MOST_PIXELS


CONTROL_CHARACTERS = dict.fromkeys({*range(32), *range(127, 160)} - set(map(ord, "\n\t\r\x1b")))


def clean_text(value):
    """A string, or a list of strings as notebooks have them, as one string that can be stored; else ""."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    value = value.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be written to a file
    return value.translate(CONTROL_CHARACTERS)
