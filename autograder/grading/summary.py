"""What came of grading a class, in numbers and sentences that a terminal and a page can show."""

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from statistics import fmean, median

from nbconvert.filters import strip_ansi

from autograder.grading.alike import Alike, alike_in
from autograder.grading.grades import Work
from autograder.marking.result import Result

LONGEST = 300  # characters of a message; a student's exception can hold a whole tensor
MOST = 10  # diagnoses and slow submissions that are worth a look
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")  # not the digits of a name, as in direction1 or w0
# What a person may look for among students.
STATES = "waits to be marked", "late", "refused", "something not handed in", "set by hand"


@dataclass(frozen=True)
class Entry:
    """What came of one submission."""

    student: str
    assignment: str
    result: Result


@dataclass(frozen=True)
class Remark:
    """What was said alike, but for its numbers, of the submissions of these students."""

    assignment: str
    text: str
    students: list[str]


@dataclass(frozen=True)
class Loss:
    """The points that one criterion cost: on average over the graded, and how many students it cost any."""

    criterion: str
    max_score: float
    mean: float
    students: int


@dataclass(frozen=True)
class Assignment:
    """The results of one assignment; `scores` are the automatic points of the graded, ascending, without the bonus.

    bonuses: the bonus points of those who wrote an optional exercise; `max_bonus`: those that it is worth; `own_tests`:
    those of the instructor's own, which a student's code can reach
    """

    name: str
    refused: int
    max_score: float
    scores: list[float]
    losses: list[Loss]
    diagnoses: list[Remark]
    unanswered: dict[str, int]
    bonuses: list[float]
    max_bonus: float
    own_tests: list[str] = field(default_factory=list)

    @property
    def graded(self):
        """The number of submissions that were graded."""
        return len(self.scores)

    @property
    def mean(self):
        """The mean score, None where nothing was graded."""
        return fmean(self.scores) if self.scores else None

    @property
    def mean_bonus(self):
        """The mean bonus of all graded, None where nothing was graded or there is no optional exercise."""
        return sum(self.bonuses) / self.graded if self.graded and self.max_bonus else None

    @property
    def median(self):
        """The median score, None where nothing was graded."""
        return median(self.scores) if self.scores else None

    @property
    def full_marks(self):
        """The number of submissions with all points."""
        return sum(score >= self.max_score for score in self.scores)

    @property
    def histogram(self):
        """How many scores round down to 0, 1, ... points; the last are full marks where those are a whole number."""
        counts = Counter(map(math.floor, self.scores))
        return [counts[points] for points in range(math.floor(self.max_score) + 1)]


@dataclass(frozen=True)
class Student:
    """A student's automatic points, {assignment: score}: None where refused, absent where nothing was handed in.

    bonuses: {assignment: bonus points}, of those where there are any; works: {assignment: what the gradebook has};
    full_name: as the gradebook has it, or ""
    """

    name: str
    scores: dict[str, float | None]
    bonuses: dict[str, float]
    works: dict[str, Work] = field(default_factory=dict)
    full_name: str = ""

    @property
    def total(self):
        """The points of all assignments together: those of the gradebook, else the automatic ones without bonuses."""
        if self.works:
            return sum(work.score for work in self.works.values())
        return sum(score for score in self.scores.values() if score is not None)

    def states(self, assignments):
        """Which of `STATES` a student is in."""
        works = self.works.values()
        holds = (
            any(work.waiting for work in works),
            any(work.late for work in works),
            None in self.scores.values(),
            any(each.name not in self.scores for each in assignments),
            any(work.overridden for work in works),
        )
        return [state for state, is_so in zip(STATES, holds, strict=True) if is_so]


@dataclass(frozen=True)
class Upload:
    """What became of the files of one upload, and who was not in it; `files`: how many, by what became of them.

    passed_over: (file, why); failed: (student, assignment, why); missing: students who have handed in nothing
    """

    files: dict[str, int]
    passed_over: list[tuple[str, str]]
    failed: list[tuple[str, str, str]]
    missing: list[str]

    @property
    def in_words(self):
        """How many files there were, and what became of them; the numbers add up."""
        taken, beside, passed_over = (self.files.get(fate, 0) for fate in ("taken", "beside", "passed over"))
        besides = f"{beside} beside them, " if beside else ""
        return f"{taken + beside + passed_over} files handed in: {taken} taken, {besides}{passed_over} passed over."


@dataclass(frozen=True)
class Summary:
    """The results of a class; all its strings are one line of printable characters, but neither markup nor HTML.

    `eye`: findings that a person must look at, refused submissions first; `slowest`: (student, assignment, seconds);
    `upload`: what was handed in last, None where that is not asked; `by_hand`: tests whose points a person has set;
    `alike`: answers that are equal or nearly so
    """

    assignments: list[Assignment]
    students: list[Student]
    eye: list[Remark]
    repairs: list[Remark]
    slowest: list[tuple[str, str, float]]
    upload: Upload | None = None
    by_hand: list[Remark] = field(default_factory=list)
    alike: list[Alike] = field(default_factory=list)

    @property
    def waiting(self):
        """How many answers wait to be marked by a person, {assignment: number}."""
        counts = Counter()
        for student in self.students:
            counts.update({name: work.waiting for name, work in student.works.items() if work.waiting})
        return counts

    @property
    def graded(self):
        """The number of submissions that were graded, of all assignments."""
        return sum(assignment.graded for assignment in self.assignments)

    @property
    def refused(self):
        """The number of submissions that were refused, of all assignments."""
        return sum(assignment.refused for assignment in self.assignments)


# --------------------------------------------------------------------------------------------------------- the summary


def summarise(entries, upload=None, grades=None):
    """The `Summary` of a list of `Entry`, whatever their order, and of the `Upload` that they came from.

    grades: the `Grades` of the gradebook, where there is one
    """
    known = {student.id: student for student in grades.students} if grades else {}
    entries = sorted(entries, key=lambda entry: (entry.assignment, entry.student))
    of_assignment, scores, bonuses = defaultdict(list), defaultdict(dict), defaultdict(dict)
    for entry in entries:
        of_assignment[entry.assignment].append(entry)
        scores[entry.student][_line(entry.assignment)] = _score(entry)
        if bonus := sum(entry.result.bonus.values()):
            bonuses[entry.student][_line(entry.assignment)] = bonus
    missing = upload.missing if upload else []
    slowest = sorted(entries, key=lambda entry: -entry.result.seconds)[:MOST]
    return Summary(
        assignments=[_assignment(_line(name), group) for name, group in of_assignment.items()],
        students=[_student(name, scores[name], bonuses[name], known) for name in sorted({*scores, *missing, *known})],
        eye=_findings((entry, f"Refused: {entry.result.reason}") for entry in entries if not _is_graded(entry))
        + _findings((entry, text) for entry in entries for text in entry.result.eye),
        repairs=_findings((entry, text) for entry in entries for text in entry.result.repairs),
        slowest=[(_line(entry.student), _line(entry.assignment), entry.result.seconds) for entry in slowest],
        upload=upload and _printable(upload),
        by_hand=_findings(_set_by_hand(known)),
        alike=alike_in(entries),
    )


def _student(name, scores, bonuses, known):
    if name not in known:
        return Student(_line(name), scores, bonuses)
    works = {_line(assignment): work for assignment, work in known[name].works.items()}
    return Student(_line(name), scores, bonuses, works, _line(known[name].name))


def _set_by_hand(known):
    """(entry, sentence) of each test whose points a person has set otherwise."""
    for student in known.values():
        for assignment, work in student.works.items():
            for cell in work.cells:
                if cell.is_overridden:
                    told = f"{cell.name}: {cell.by_hand:g} points by hand in the place of {cell.automatic:g}"
                    yield Entry(student.id, assignment, None), told


def _printable(upload):
    """The upload with all its strings in one line each."""
    rows = {key: [tuple(map(_line, row)) for row in getattr(upload, key)] for key in ("passed_over", "failed")}
    return replace(upload, **rows, missing=[*map(_line, upload.missing)])


def _is_graded(entry):
    return entry.result.status == "graded"


def _score(entry):
    return sum(cell.score for cell in entry.result.cells) if _is_graded(entry) else None


def _optional(entry):
    """The cells of optional exercises."""
    return [cell for cell in entry.result.cells if cell.is_optional]


def _assignment(name, entries):
    graded = [entry for entry in entries if _is_graded(entry)]
    return Assignment(
        name=name,
        refused=len(entries) - len(graded),
        max_score=max((sum(cell.max_score for cell in entry.result.cells) for entry in graded), default=0),
        scores=sorted(map(_score, graded)),
        losses=_losses(graded),
        diagnoses=_findings(_diagnoses(graded))[:MOST],
        unanswered=Counter(_line(answer) for entry in graded for answer in entry.result.unanswered),
        bonuses=[cell.bonus for entry in graded for cell in _optional(entry) if cell.criteria],
        max_bonus=max((sum(cell.max_bonus for cell in _optional(entry)) for entry in graded), default=0),
        own_tests=sorted({_line(cell.grade_id) for entry in graded for cell in entry.result.cells if cell.is_own}),
    )


def _losses(graded):
    """What each criterion cost, the dearest first; the means are over all graded, so that they add up to the whole.

    An optional exercise costs nothing.
    """
    lost, max_scores = defaultdict(list), {}
    for entry in graded:
        for cell in entry.result.cells:
            for criterion in [] if cell.is_optional else cell.criteria:
                key = cell.grade_id, criterion.name
                lost[key].append(criterion.max_score - criterion.score)
                max_scores[key] = criterion.max_score
    losses = [
        Loss(_line(key[1]), max_scores[key], sum(points) / len(graded), sum(each > 0 for each in points))
        for key, points in lost.items()
    ]
    return sorted(losses, key=lambda loss: -loss.mean)


def _diagnoses(graded):
    """(entry, first line) of each message on lost points that names a mistake."""
    for entry in graded:
        for cell in entry.result.cells:
            for criterion in cell.criteria:
                first = criterion.message.strip().partition("\n")[0]
                if first and criterion.score < criterion.max_score and not criterion.waits:
                    yield entry, f"Optional exercise: {first}" if cell.is_optional else first


def _findings(said):
    """Group (entry, text) by assignment and by text but for its numbers, the most frequent first."""
    groups = defaultdict(list)
    for entry, text in said:
        line = _line(text)
        groups[entry.assignment, NUMBER.sub("0", line)].append((entry.student, line))
    findings = [
        Remark(
            _line(assignment),
            _but_for_numbers([line for _, line in group]),
            [_line(student) for student in sorted({student for student, _ in group})],
        )
        for (assignment, _), group in groups.items()
    ]
    return sorted(findings, key=lambda finding: (-len(finding.students), finding.assignment, finding.text))


def _but_for_numbers(lines):
    """The text that the lines share, with "…" for each number that is not the same in all."""
    columns = iter(zip(*map(NUMBER.findall, lines), strict=False))
    return NUMBER.sub(lambda number: number[0] if len(set(next(columns))) == 1 else "…", lines[0])


def _line(text):
    """`text` in one line, cut, and without what could move a cursor or turn the direction of writing."""
    line = " ".join(strip_ansi(text).split())
    line = line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)
