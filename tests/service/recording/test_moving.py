"""A running course is taken to the current version; what it gave before stays with the old one."""

import hashlib
from datetime import date, timedelta

import pytest

from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.recording.moving import move_all
from monitor.service.recording.record import Entry
from monitor.store import engine as database
from monitor.store import pinned
from monitor.store.appender import Appender, Draft
from tests import example, typed
from tests.factories import NOW

NAME = example.NAME
# An older text in which the count at the nadir was due a day later; a rule that acts on every
# version is not there yet.
_TEXT = example.FILE.read_text(encoding="utf-8")
_VERSION = example.protocol().version
_RECOVERY = _TEXT[_TEXT.index("  recovery-count:") : _TEXT.index("  cbc-follow-up:")]
OLDER = (
    _TEXT.replace(f"version: {_VERSION}", "version: 0.9.0")
    .replace(_RECOVERY, "")
    .replace("due: 10 days", "due: 11 days")
)
DIGEST = hashlib.sha256(OLDER.encode()).hexdigest()
GIVEN, MOVED, AGAIN = date(2026, 1, 10), date(2026, 3, 1), date(2026, 4, 10)


@pytest.fixture
def connection(clinic, exampline):
    clinic.load({"kind": "patient", "id": "P-1", "sex": "male", "timezone": "UTC"})
    with database.writing(clinic.engine) as found:
        pinned.keep(found, digest=DIGEST, name=NAME, version="0.9.0", text=OLDER)
        appender = Appender(found, now=NOW)
        body = {"protocol": NAME, "version": "0.9.0", "digest": DIGEST, "drug": example.DRUG}
        appender.add("P-1", Draft(kind="course", on=date(2026, 1, 1), body=body))
        appender.flush()
        give(found, GIVEN)
        yield found


def give(connection, on: date) -> None:
    line = {"kind": "infusion", "patient": "P-1", "on": on.isoformat(), "dose_mg": "18"}
    typed.record(connection, {**line, "bsa_m2": "1.5"}, now=NOW)


def move(connection, protocol: str = NAME, on: date = MOVED, who: str = "P-1") -> Entry:
    line = {"kind": "course_move", "patient": who, "protocol": protocol, "by": "Dr A"}
    return typed.record(connection, {**line, "on": on.isoformat()}, now=NOW)


def nadirs(connection, as_of: date) -> list[date]:
    case = cases.get_case(connection, "P-1", Asked(now=NOW, as_of=as_of))
    found = cases.upcoming(case, until=as_of + timedelta(days=30), states=())
    return [check.due for check in found if check.rule == "cbc-nadir"]


def version(connection, as_of: date) -> str:
    case = cases.get_case(connection, "P-1", Asked(now=NOW, as_of=as_of))
    (treatment,) = case.treatments
    course = treatment.timeline.course_on(as_of)
    return treatment.protocol_of(course).version


def test_a_moved_course_follows_the_current_version_from_that_day_on(connection):
    move(connection)

    assert version(connection, MOVED - timedelta(days=1)) == "0.9.0"
    assert version(connection, MOVED) == _VERSION


def test_an_infusion_before_the_move_stays_with_its_version_one_after_it_does_not(connection):
    move(connection)
    give(connection, AGAIN)

    assert nadirs(connection, GIVEN) == [GIVEN + timedelta(days=11)]
    assert nadirs(connection, AGAIN)[-1] == AGAIN + timedelta(days=10)


def test_what_acts_on_every_version_is_asked_of_an_older_one(connection):
    line = {"kind": "result", "patient": "P-1", "code": "neutrophils", "value": "0.9"}
    line |= {"unit": "10*9/L", "on": (GIVEN + timedelta(days=10)).isoformat()}
    typed.record(connection, line, now=NOW)

    case = cases.get_case(connection, "P-1", Asked(now=NOW, as_of=GIVEN + timedelta(days=20)))
    found = cases.upcoming(case, until=GIVEN + timedelta(days=30), states=())

    (again,) = [check for check in found if check.rule == "recovery-count"]
    assert again.due == GIVEN + timedelta(days=21)


def test_a_course_cannot_be_moved_to_another_protocol(connection):
    typed.record(connection, {"kind": "patient", "id": "P-2"}, now=NOW)
    line = {"kind": "course", "patient": "P-2", "on": "2026-01-01"}
    typed.record(connection, {**line, "protocol": "mitoxantrone-ms-us"}, now=NOW)

    with pytest.raises(Refused, match="changes the version only"):
        move(connection, "mitoxantrone-ms-eu", who="P-2")


def test_a_course_cannot_be_moved_twice(connection):
    move(connection)

    with pytest.raises(Refused, match="follows the current version of example already"):
        move(connection)


def test_everybody_on_an_older_version_is_moved_and_nobody_else(connection):
    typed.record(connection, {"kind": "patient", "id": "P-2"}, now=NOW)
    line = {"kind": "course", "patient": "P-2", "protocol": NAME, "on": "2026-01-01"}
    typed.record(connection, line, now=NOW)

    moved = move_all(connection, NAME, on=MOVED.isoformat(), by="Dr A", now=NOW)

    assert moved == ["P-1"]
    assert version(connection, MOVED) == _VERSION
