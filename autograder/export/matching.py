"""Who of a platform's file is who in the gradebook."""

from collections import Counter

from autograder.errors import Refusal
from autograder.export.text import without_controls


def match_students(students, people, path):
    """Find the student of each of `people`: `({place in people: student}, warnings)`.

    people: `[(name, [what may be an id, the surest first]), ...]`, from the file at `path`. An id is that of a student
    who has it as id, e-mail address or id in the platform; case does not count. An id of two students is nobody's, and
    two people who are the same student are neither: a grade must not go to someone else. The warnings name everyone who
    was not found, both ways. Raises Refusal where nobody was.
    """
    owners = _owners(students)
    found = {place: owner for place, (_, ids) in enumerate(people) if (owner := _owner(ids, owners))}
    claims = Counter(student.id for student in found.values())
    found = {place: student for place, student in found.items() if claims[student.id] == 1}
    if not found:
        raise Refusal(
            f"None of the {len(people)} people in {path} is one of the {len(students)} students in the gradebook.\n"
            "Their ids must agree: give the students in the gradebook the platform's ids, logins or e-mail addresses."
        )
    strangers = [name for place, (name, _) in enumerate(people) if place not in found]
    matched = {student.id for student in found.values()}
    missing = [student.id for student in students if student.id not in matched]
    return found, [
        *_warning(f"In {path}, but not in the gradebook (no grade was written)", strangers),
        *_warning(f"In the gradebook, but not in {path} (their grades are not exported)", missing),
    ]


def _owners(students):
    """{id in small letters: the students whose it is}"""
    owners = {}
    for student in students:
        for key in {_key(text) for text in (student.id, student.lms_id, student.email)} - {""}:
            owners.setdefault(key, []).append(student)
    return owners


def _owner(ids, owners):
    known = [owners.get(_key(text), []) for text in ids]
    return next((students[0] for students in known if len(students) == 1), None)


def _key(text):
    return text.strip().casefold()


def _warning(what, names):
    return [f"{what}: {'; '.join(map(without_controls, names))}."] if names else []
