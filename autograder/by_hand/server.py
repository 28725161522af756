"""The marking page served on this machine alone, to who has its address with the token."""

import contextlib
import getpass
import hmac
import html
import json
import secrets
import webbrowser
from pathlib import Path

from sqlalchemy.exc import OperationalError
from tornado import httpserver, ioloop, netutil, web

from autograder.by_hand.marking import Conflict, Marking
from autograder.errors import Refusal
from autograder.pages import harmless_markdown

HOST = "127.0.0.1"
HERE = Path(__file__).parent
RETRY_MILLISECONDS = 2000  # until marks are entered that found the gradebook locked
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
LONGEST_NAME = 60


def serve(course, db_url=None, port=0, name=None, twice=0, opens_browser=True, say=print):
    """Serve the page until Ctrl-C. port: 0 for one that is free; name: who marks; twice: percent for two to mark."""
    marking = Marking(course, db_url, twice)
    token = secrets.token_urlsafe(24)
    server, port = _listen(application(marking, token, name or getpass.getuser()), port)
    address = f"http://{HOST}:{port}/#token={token}"  # after #, which browsers send to nobody
    say(f"The marking page: {address}\nIt ends with Ctrl-C; what was marked is in the gradebook already.")
    if opens_browser:
        webbrowser.open(address)
    ioloop.PeriodicCallback(marking.enter_what_waits, RETRY_MILLISECONDS).start()
    with contextlib.suppress(KeyboardInterrupt):
        ioloop.IOLoop.current().start()
    server.stop()


def _listen(app, port):
    server = httpserver.HTTPServer(app, max_body_size=2**20)
    try:
        sockets = netutil.bind_sockets(port, HOST)
    except OSError as error:
        raise Refusal(f"Port {port} cannot be used: {error.strerror}.\nName another: --port NUMBER") from None
    server.add_sockets(sockets)
    return server, sockets[0].getsockname()[1]


def application(marking, token, name):
    """The tornado application."""
    options = {"marking": marking, "token": token, "name": name}
    return web.Application([
        (r"/(page\.(?:js|css))?", File), (r"/api/([a-z]+)", Api, options),
    ])  # fmt: skip


class Guarded(web.RequestHandler):
    """Answers this page itself, at the address that it listens at."""

    def set_default_headers(self):
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("X-DNS-Prefetch-Control", "off")  # a student's link would tell when the answer is looked at
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.clear_header("Server")

    def prepare(self):
        host = self.request.host
        if host.partition(":")[0] not in (HOST, "localhost"):  # another name may be led here by its owner
            raise web.HTTPError(403, reason="another host")
        origin = self.request.headers.get("Origin")
        if origin not in (None, f"http://{host}") or (self.request.method == "POST" and origin is None):
            raise web.HTTPError(403, reason="another origin")

    def write_error(self, status_code, **_):
        self.set_header("Content-Type", "text/plain")
        self.finish(f"{status_code}: {self._reason}. Open the address that `python -m autograder mark` has printed.")


class File(Guarded):
    """The page, its script and its style, in which there is nothing of the course."""

    def get(self, name):
        name = name or "page.html"
        kinds = {"html": "text/html; charset=UTF-8", "js": "text/javascript", "css": "text/css"}
        self.set_header("Content-Type", kinds[name.rpartition(".")[2]])
        self.finish((HERE / name).read_bytes())


class Api(Guarded):
    """What the page asks for, and what it does, as JSON, with the token; `marker` is who asks."""

    def initialize(self, marking, token, name):
        self.marking, self.token, self.default_name = marking, token, name

    def prepare(self):
        super().prepare()
        # Not in a cookie, which a browser sends to all ports of this machine, so to servers of other people too.
        given = self.request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            raise web.HTTPError(403, reason="no token")
        self.set_header("Content-Type", "application/json")

    def get(self, what):
        self._answer({"start": self.start, "answers": self.list_answers, "answer": self.open_answer, "work": self.work},
                     what, {name: self.get_query_argument(name) for name in self.request.query_arguments})  # fmt: skip

    def post(self, what):
        try:
            asked = json.loads(self.request.body)
        except ValueError:
            raise web.HTTPError(400, reason="no JSON") from None
        self._answer({"mark": self.mark, "undo": self.undo}, what, asked)

    def _answer(self, actions, what, asked):
        if what not in actions:
            raise web.HTTPError(404)
        self.asked, self.marker = asked, str(asked.get("marker") or self.default_name)[:LONGEST_NAME]
        try:
            self.finish(json.dumps(actions[what]()))
        except Conflict as conflict:
            self.set_status(409)
            self.finish(json.dumps({"message": str(conflict)}))
        except Refusal as refusal:
            self.set_status(400)
            self.finish(json.dumps({"message": str(refusal)}))
        except OperationalError:
            self.set_status(503)
            self.finish(json.dumps({"message": "Another program is changing the gradebook. Try again in a moment."}))
        except (KeyError, TypeError, ValueError):
            self.set_status(400)
            self.finish(json.dumps({"message": "The page asked for what is not there: load it again."}))
        finally:
            self.marking.gradebook.db.rollback()  # so that no transaction stays open until the next request

    # ---------------------------------------------------------------------------------------------------------- reading

    @property
    def question(self):
        """The question that is asked for."""
        return self.marking.questions[self.asked["assignment"], self.asked["question"]]

    def start(self):
        """The questions, with what to mark by, and how far each is."""
        counts = self.marking.overview(self.marker)
        questions = [self._told(*each) for each in zip(self.marking.questions.values(), counts, strict=True)]
        return {"name": self.default_name, "questions": questions}

    def _told(self, question, counts):
        agreement = self.marking.journal.agreement(question.assignment, question.name)
        scheme = [{"points": point.points, "text": point.text} for point in question.scheme]
        return {
            **counts, "text": harmless_markdown(question.text), "model": harmless_markdown(question.model),
            "scheme": scheme, "max_score": question.max_score, "agreement": agreement, "is_code": question.is_code,
        }  # fmt: skip

    def list_answers(self):
        """The answers to a question in the order in which to mark them: equal and nearly equal ones together."""
        question, marking = self.question, self.marking
        aliases = {student: alias for alias, student in marking.students(question).items()}
        numbers = {alias: number for number, alias in enumerate(sorted(aliases.values()), start=1)}
        standing = marking.standing(question, self.marker)
        claims = marking.journal.claims(question.assignment, question.name)
        told = []
        for group, students in enumerate(marking.answers.groups(standing, question)):
            for student in sorted(students, key=lambda student: numbers[aliases[student]]):
                state, marks, points = standing[student]
                holder = claims.get(student) if claims.get(student) != self.marker else None
                told.append({
                    "id": aliases[student], "number": numbers[aliases[student]], "group": group, "state": state,
                    "points": points, "marks": len(marks), "holder": holder,
                })  # fmt: skip
        return {"answers": told, "comments": marking.journal.comments(question.assignment, question.name)}

    def open_answer(self):
        """An answer, which is this marker's from now on, in the place of any other, unless another has it open."""
        question, marking, student = self.question, self.marking, self._student()
        key = question.assignment, question.name, student
        if self.asked.get("claim") != "no":
            marking.journal.release(self.marker)
            marking.journal.claim(key, self.marker)
        holder = marking.journal.holder(key)
        state, marks, points = marking.standing(question, self.marker)[student]
        comment = marks[0].comment if marks else ""
        source = marking.answers.text(student, question)
        told = {
            "text": as_shown(source, question), "source": source, "state": state, "points": points, "comment": comment,
            "marks": marking.as_told(marks), "holder": holder if holder != self.marker else None,
        }  # fmt: skip
        if self.asked.get("names") == "yes":
            row = marking.gradebook.find_student(student)
            told["student"] = " ".join(filter(None, [row.first_name, row.last_name, f"({student})"]))
        return told

    def _student(self):
        return self.marking.students(self.question)[self.asked["id"]]

    def work(self):
        """The student's own figures and results."""
        return {"html": self.marking.answers.work(self._student(), self.question.assignment)}

    # ---------------------------------------------------------------------------------------------------------- marking

    def mark(self):
        """Mark one or several answers alike."""
        question, students = self.question, self.marking.students(self.question)
        chosen = {students[alias]: int(seen) for alias, seen in self.asked["answers"].items()}
        points, ticks = float(self.asked["points"]), [int(number) for number in self.asked["ticks"]]
        comment, settles = str(self.asked["comment"]).strip(), bool(self.asked.get("settles"))
        marks = self.marking.mark(question, [*chosen], self.marker, points, ticks, comment, chosen, settles)
        return {"marked": len(marks), "waits": len(self.marking.journal.waiting())}

    def undo(self):
        """Take back what this marker did last."""
        marks = self.marking.undo(self.marker)
        if not marks:
            return {"undone": []}
        first = marks[0]
        return {"assignment": first.assignment, "question": first.question,
                "waits": len(self.marking.journal.waiting()),
                "undone": [self.marking.alias(mark.student, mark.assignment) for mark in marks]}  # fmt: skip


def as_shown(source, question):
    """An answer as HTML in which nothing runs."""
    return f"<pre>{html.escape(source)}</pre>" if question.is_code else harmless_markdown(source)
