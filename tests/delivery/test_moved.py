"""A check whose due day moves is told anew, and what was said of the old day is taken back."""

import re

import pytest

from tests.delivery.ward import patient_lines


@pytest.fixture
def booked(ward, http_sink):
    """The next infusion is booked for 10 April, and the nurse was told a week ahead."""
    ward.load(patient_lines())
    ward.contact(http_sink.url, private=True)
    ward.type("infusion plan P-1 --on 2023-04-10")
    ward.tick("2023-01-25")
    ward.tick("2023-04-03")
    assert "due 2023-04-10" in said(http_sink, "next-infusion")
    return ward


def said(sink, rule: str) -> str:
    return [r["body"]["body"] for r in sink.requests if f"rule {rule} " in r["body"]["body"]][-1]


def test_the_new_day_is_told_and_the_old_one_taken_back(booked, http_sink):
    booked.type("infusion plan P-1 --on 2023-04-12")
    for day in ("2023-04-04", "2023-04-05", "2023-04-06"):
        booked.tick(day)

    bodies = [r["body"]["body"] for r in http_sink.requests]
    assert [body for body in bodies if "The due day has moved." in body]
    anew = [b for b in bodies if "due 2023-04-12" in b and "rule next-infusion" in b]
    assert len(anew) == 1


def test_a_day_that_moves_back_is_told_again(booked, http_sink):
    booked.type("infusion plan P-1 --on 2023-04-12")
    for day in ("2023-04-04", "2023-04-05", "2023-04-06"):
        booked.tick(day)
    booked.type("infusion plan P-1 --on 2023-04-10")
    for day in ("2023-04-07", "2023-04-08"):
        booked.tick(day)

    assert "due 2023-04-10" in said(http_sink, "next-infusion")


def test_a_day_that_stays_is_told_once(booked, http_sink):
    before = len(http_sink.requests)
    booked.tick("2023-04-04")
    booked.tick("2023-04-08")

    later = [r["body"]["body"] for r in http_sink.requests[before:]]
    assert [body for body in later if "rule next-infusion" in body or "moved" in body] == []


def test_the_number_of_a_reminder_counts_what_was_sent(ward, http_sink):
    """The nurse's are owed and withdrawn unsent; what her successor gets first is the first."""
    ward.load(patient_lines())
    http_sink.status = 404
    nurse = ward.contact(http_sink.url)
    for day in ("2023-01-20", "2023-01-28", "2023-02-06"):
        ward.tick(day, code=None)
    ward.type(f"contact remove {nurse}")
    ward.tick("2023-02-07", code=None)
    http_sink.status = 200
    ward.contact(http_sink.url + "2", private=True)
    for day in ("2023-02-11", "2023-02-18", "2023-02-25"):
        ward.tick(day, code=None)

    later = [r["body"]["body"] for r in http_sink.requests if r["path"].endswith("2")]
    numbers = [re.findall(r"This is reminder (\d)", one) for one in later if "cbc-nadir" in one]
    assert numbers == [[], ["2"], ["3"]]
