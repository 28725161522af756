"""Stored outputs as a reader would have seen them at the end: of a progress bar the last state, not each."""

from itertools import groupby

from nbformat.v4 import new_output


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
