"""When something was handed in, read from the forms in which nbgrader, its exchange and platforms write a time."""

import re
from datetime import datetime, timedelta

from dateutil.tz import gettz

FORM = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T -]([0-9]{2})[:-]([0-9]{2})[:-]([0-9]{2})(\.[0-9]+)?"
    r" ?(Z|[+-][0-9]{2}:?[0-9]{2}|[A-Za-z][A-Za-z_]*(?:/[A-Za-z_+-]+[0-9]*)*)?"
)
# Hours that the abbreviations stand for that the database of zones has not, and that mean one zone only.
ABBREVIATIONS = {
    "CEST": 2, "EEST": 3, "WEST": 1, "MSK": 3, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    "EDT": -4, "CDT": -5, "MDT": -6, "PDT": -7, "PST": -8, "AKDT": -8, "AKST": -9,
}  # fmt: skip


def time_of(text):
    """The time that `text` says, in UTC and without a zone, as nbgrader keeps it; ValueError where it says none.

    Without a zone it is UTC, and a zone's name is what dateutil makes of it, both as in nbgrader.utils.parse_utc. That
    takes zones that it does not know for UTC, and +0100 for 100 seconds: here the first are none, the second an hour.
    """
    match = FORM.fullmatch(text)
    if not match:
        raise ValueError("it is no time")
    date, hours, minutes, seconds, fraction, zone = match.groups()
    time = datetime.fromisoformat(
        f"{date} {hours}:{minutes}:{seconds}{(fraction or '')[:7].ljust(7, '0') if fraction else ''}"
    )
    try:
        return time - _offset(zone or "UTC", time)
    except OverflowError:
        raise ValueError("it is no time") from None


def _offset(zone, time):
    """How much later than in UTC it is in a zone at that time there."""
    if zone in ("Z", "UTC", "GMT"):
        return timedelta()
    if zone[0] in "+-":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        return offset if zone[0] == "+" else -offset
    if zone in ABBREVIATIONS:
        return timedelta(hours=ABBREVIATIONS[zone])
    known = gettz(zone)
    offset = known.utcoffset(time) if known else None
    if offset is None:
        raise ValueError(f"there is no zone {zone}, or several")
    return offset
