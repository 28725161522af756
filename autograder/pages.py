"""What students write, as HTML for formgrader, where a script of theirs would have the rights of who grades."""

import json
import os
import subprocess
import sys
import threading

from autograder.markdown import as_written


def harmless_markdown(source):
    """Markdown as HTML without scripts, handlers of events and links to anything but pages; formulas are MathML.

    A text that cannot be converted, or not soon, is shown as it was written. nbgrader's templates clean nothing; the
    course's nbgrader_config.py puts this in the place of nbconvert's filter.
    """
    page = _converter.convert(source)
    if page is None:
        page = as_written(source)
    return page.replace("[", "&#91;")  # after each, the next filter of nbconvert searches the whole line


class _Converter:
    """A process that converts one text after another (see `markdown.serve`), and is replaced where one ended it."""

    def __init__(self):
        self.process, self.lock = None, threading.Lock()

    def convert(self, source):
        """The page, or None where there is none soon."""
        with self.lock:
            self.process = self.process or self._start()
            page = self._ask(source)
            if page is None:
                self._end()
            return page

    def _ask(self, source):
        try:
            self.process.stdin.write(json.dumps(source) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline() or "null")
        except BrokenPipeError:
            return None

    def _start(self):
        # A process of its own and not a fork, which would inherit the threads' locks of formgrader.
        process = subprocess.Popen(
            [sys.executable, "-c", "from autograder.markdown import serve; serve()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="ascii",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        if process.stdout.readline() != '"ready"\n':
            raise RuntimeError(f"The converter of Markdown does not start; it ended with status {process.wait()}.")
        return process

    def _end(self):
        process, self.process = self.process, None
        process.kill()
        process.communicate()


_converter = _Converter()
