"""Time stamps are read in the forms that nbgrader, its exchange and platforms write; others are none."""

from datetime import datetime

import pytest
from nbgrader.utils import parse_utc

from autograder.collecting.times import time_of

IN_UTC = {
    "2025-05-03 10:11:12 UTC": (10, 11, 12), "2025-05-03 10:11:12": (10, 11, 12), "2025-05-03T10:11:12Z": (10, 11, 12),
    "2025-05-03 10:11:12 +0100": (9, 11, 12), "2025-05-03 10:11:12-03:30": (13, 41, 12),
    "2025-05-03T10:11:12.5+02:00": (8, 11, 12, 500_000), "2025-05-03 10:11:12.345678 CET": (8, 11, 12, 345_678),
    "2025-05-03 10:11:12 CEST": (8, 11, 12), "2025-05-03 10:11:12 EST": (15, 11, 12),
    "2025-05-03 10:11:12 EDT": (14, 11, 12), "2025-05-03 10:11:12 PDT": (17, 11, 12),
    "2025-05-03 10:11:12 PST": (18, 11, 12),
    "2025-05-03 10:11:12 Europe/Berlin": (8, 11, 12), "2025-05-03 10:11:12.000001 America/Los_Angeles": (17, 11, 12, 1),
    "2025-05-03 10:11:12 America/Argentina/Buenos_Aires": (13, 11, 12), "2025-05-03 10:11:12 GMT": (10, 11, 12),
    "2025-05-03-10-11-12": (10, 11, 12), "2025-05-03 10:11:12.123456789 UTC": (10, 11, 12, 123_456),
}  # fmt: skip


@pytest.mark.parametrize("text", IN_UTC)
def test_a_time_is_read_as_what_it_is_in_utc(text):
    assert time_of(text) == datetime(2025, 5, 3, *IN_UTC[text])


@pytest.mark.parametrize("hours", [0, 3])
@pytest.mark.parametrize(
    "zone", ["UTC", "CET", "EET", "EST", "MST", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland"]
)
@pytest.mark.parametrize("month", [1, 7])
def test_zones_that_nbgrader_knows_are_read_as_by_nbgrader(zone, hours, month):
    text = f"2025-{month:02}-03 {hours:02}:11:12.345678 {zone}"
    assert time_of(text) == parse_utc(text)


NONE = ["", "yesterday", "2025-13-45 99:00:00 UTC", "03.05.2025 10:11", "05/03/2025", "2025-05-03", "1746267072",
        "2025-05-03 10:11:12 CST", "2025-05-03 10:11:12 IST", "2025-05-03 10:11:12 Europe/Berlni",
        "2025-05-03 10:11:12 ..",
        "2025-05-03 10:11:12 ../../etc/localtime", "2025-05-03 10:11:12 /etc/localtime", "0001-01-01 00:00:00 +0100",
        "2025-05-03 10:11:12 99999999", "２０２５-05-03 10:11:12 UTC", "9999-12-31 23:59:59 EST"]  # fmt: skip


@pytest.mark.parametrize("text", NONE)
def test_what_has_several_meanings_or_none_is_no_time(text):
    with pytest.raises(ValueError):
        time_of(text)
