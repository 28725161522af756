"""Who of a platform's file is who in the gradebook."""

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from autograder.errors import Refusal
from autograder.export.text import without_controls

FIELDS = ("id", "lms_id", "email")  # of a student in the gradebook
MANY = 2  # times as many numbers must be found in another column before they are taken to be of that one
WHOLE = re.compile(r"[0-9]+(?:[.,]0+)?")
ROUNDED = re.compile(r"[0-9](?:[.,]([0-9]+))?E\+?[0-9]{1,2}")  # what a spreadsheet makes of a long number


@dataclass(frozen=True)
class Person:
    """A row of a platform's file: a name, and what may be an id, {column: text}, the platform's own number first."""

    name: str
    ids: dict[str, str]

    @property
    def own_number(self):
        """The platform's own number, which no two people share."""
        return _key(next(iter(self.ids.values()), ""))


def match_students(students, people, path):
    """Find the student of each row of the file at `path`: `({place in people: student}, warnings)`.

    An id is that of a student who has it as id, e-mail address or id in the platform; case, Unicode form and what a
    spreadsheet does to numbers do not count. Numbers mean something else in each column, and one that is two people's
    in two columns is common: so the students' numbers are looked up in one column only, that of the platform's own
    unless far more are found in another. Whatever fits two people or two students fits none: no grade goes to someone
    else. The warnings name everyone who was not found, both ways, and why. Raises Refusal where nobody was.
    """
    fitting, remarks = _Fitting(), []
    for name in FIELDS:
        pairs, told = _pairs(students, people, name)
        fitting.add(pairs)
        remarks += told
    found, contested = fitting.agreed(people)
    if not found:
        raise Refusal(
            f"None of the {len(people)} people in {path} is one of the {len(students)} students in the gradebook.\n"
            "Their ids must agree: give the students in the gradebook the platform's ids, logins or e-mail addresses."
            + _of_anonymous_assignment(students)
        )
    strangers = [person.name for place, person in enumerate(people) if place not in found]
    matched = {student.id for student in found.values()}
    missing = [student.id for student in students if student.id not in matched]
    doubtful = [*contested, *dict.fromkeys(remarks)]
    return found, [
        *_warning(f"In {path}, but not in the gradebook (no grade was written)", strangers),
        *_warning(f"In the gradebook, but not in {path} (their grades are not exported)", missing),
        *_warning("What fits two fits none; give them ids that are theirs alone", doubtful),
    ]


@dataclass
class _Fitting:
    """Which places in the file and which students fit each other."""

    students: dict = field(default_factory=dict)  # by id
    of_place: dict = field(default_factory=lambda: defaultdict(set))

    def add(self, pairs):
        for place, student in pairs:
            self.students[student.id] = student
            self.of_place[place].add(student.id)

    def agreed(self, people):
        """`({place: student}, what is contested, in words)`; the rows of one person count as one."""
        rows = defaultdict(set)
        for place, ids in self.of_place.items():
            for student in ids:
                rows[student].add(people[place].own_number or place)
        found, contested = {}, []
        for place, ids in sorted(self.of_place.items()):
            if len(ids) == 1 and len(rows[min(ids)]) == 1:
                found[place] = self.students[min(ids)]
            else:
                contested.append(f"{people[place].name} ({', '.join(sorted(ids))})")
        return found, contested


def _pairs(students, people, name):
    """The places and students that agree in the students' field `name`, and remarks on those that do not count."""
    by_key, by_number = _owners(students, name)
    pairs, numbers, remarks = [], defaultdict(list), []
    for column in dict.fromkeys(column for person in people for column in person.ids):
        for place, owners in _places(people, column, by_key, by_number):
            told = f"{people[place].ids[column].strip()} ({column} of {people[place].name})"
            if len(owners) != 1:
                remarks.append(told)
            elif _number(getattr(owners[0], name)):
                numbers[column].append((place, owners[0], told))
            else:
                pairs.append((place, owners[0]))
    best = _column_of_numbers(numbers, people)
    counted = {student.id for _, student, _ in numbers.get(best, [])}
    for column, found in numbers.items():
        for place, student, told in found:
            if column == best:
                pairs.append((place, student))
            elif student.id not in counted:
                remarks.append(f"{told}, as the other numbers are found in {best}")
    return pairs, remarks


def _column_of_numbers(numbers, people):
    """In which column the students' numbers are to be looked up."""
    own = next(iter(people[0].ids), None) if people else None
    most = max(numbers, key=lambda column: len(numbers[column]), default=own)
    return own if len(numbers[most]) <= MANY * len(numbers[own]) else most


def _owners(students, name):
    """The students whose it is, {text of a field: students} and {number: students}."""
    by_key, by_number = defaultdict(list), defaultdict(list)
    for student in students:
        if key := _key(getattr(student, name)):
            by_key[key].append(student)
            if number := _number(key):
                by_number[number].append(student)
    return by_key, by_number


def _places(people, column, by_key, by_number):
    """`(place, students)` of the ids in a column that are some students'; an id of two people is no one's."""
    ids = {place: _key(person.ids.get(column, "")) for place, person in enumerate(people)}
    holders = Counter(value for value, _ in {(value, people[place].own_number) for place, value in ids.items()})
    for place, value in ids.items():
        if ROUNDED.fullmatch(value.upper()):
            owners = _all_that_round_to(value, by_number)
        else:
            owners = by_key.get(value) or by_number.get(_number(value))
        if owners:
            yield place, owners if holders[value] == 1 else []


def _key(text):
    """An id as it is compared: one Unicode form, no case, nothing invisible."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return text.strip()


def _number(text):
    """The number that an id is, as digits without zeros before it, also if a spreadsheet wrote it as 101.0 or 1.01E+05;
    "" where it is none."""
    text = _key(text).upper()
    if not (WHOLE.fullmatch(text) or ROUNDED.fullmatch(text)):
        return ""
    value = Decimal(text.replace(",", "."))
    return str(int(value)) if value == int(value) else ""


def _all_that_round_to(value, by_number):
    """The students whose numbers a spreadsheet would write so: it may have lost digits."""
    digits = len(ROUNDED.fullmatch(value.upper())[1] or "")
    number = f"{Decimal(value.replace(',', '.')):.{digits}E}"
    alike = [students for each, students in by_number.items() if f"{Decimal(each):.{digits}E}" == number]
    exact = by_number.get(_number(value), [])
    return exact if len(alike) == 1 else sum(alike, [])


def _of_anonymous_assignment(students):
    if not any(student.id.startswith("anon_") for student in students):
        return ""
    return "\nIds that begin with anon_ are those of an anonymous assignment, which no roster has: collect it by name."


def _warning(what, names):
    return [f"{what}: {'; '.join(map(without_controls, names))}."] if names else []
