"""What was appended is read back unchanged, and each row is linked to the one before."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from monitor import protocols
from monitor.domain.corrections import Recorded, lone
from monitor.domain.facts import Event, Result
from monitor.errors import DamagedRecord
from monitor.store import codec, facts, pinned
from monitor.store import engine as database
from monitor.store.appender import Appender, Draft
from monitor.store.codec import plain
from monitor.store.tables import fact, patient
from tests.behind import drop_triggers

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
BODIES = st.dictionaries(TEXTS.filter(lambda key: key != "clock"), TEXTS, max_size=6)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001
DRAFTS = st.builds(
    Draft,
    kind=st.sampled_from(["fact", "result", "infusion", "symptom"]),
    on=st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    body=BODIES,
    by=st.none() | NAMES,
    corrects=st.none(),
    sender_id=st.none() | NAMES,
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


NUMBERS = count(1)


def draft(number: int = 0) -> Draft:
    return Draft(kind="fact", on=DAY, body={"number": str(number)})


def append(engine, who: str, *drafts: Draft, now: datetime = NOW) -> list:
    with database.writing(engine) as connection:
        appender = Appender(connection, now=now)
        recorded = [appender.add(who, one) for one in drafts]
        appender.flush()
    return recorded


def read(engine, who: str, **known) -> list:
    with database.reading(engine) as connection:
        return facts.read(connection, who, **known)


# ── back as it was ──


@QUICK
@given(drafts=st.lists(DRAFTS, min_size=1, max_size=5), now=MOMENTS)
def test_what_was_appended_is_read_back_unchanged(archive, drafts, now):
    who = f"P-{next(NUMBERS)}"

    appended = append(archive, who, *drafts, now=now)

    assert read(archive, who) == appended
    for stored, given_draft in zip(appended, drafts, strict=True):
        assert (stored.kind, stored.on, stored.body) == (
            given_draft.kind, given_draft.on, given_draft.body,
        )  # fmt: skip
        assert (stored.by, stored.corrects) == (given_draft.by, given_draft.corrects)
        assert (stored.sender_id, stored.recorded_at) == (given_draft.sender_id, now)


def test_a_correction_is_read_back_with_the_fact_that_it_replaces(clinic):
    (first,) = append(clinic, "P-1", draft(1))
    correction = Draft(kind="fact", on=DAY, body={"number": "2"}, corrects=first.event)

    appended = append(clinic, "P-1", correction)

    assert read(clinic, "P-1") == [first, *appended]
    assert appended[0].corrects == first.event


@given(body=BODIES)
def test_a_body_is_written_in_one_way_whatever_the_order_of_its_keys(body):
    backwards = dict(reversed(body.items()))

    assert facts.canonical(backwards) == facts.canonical(body)
    assert json.loads(facts.canonical(body)) == body


@given(one=MOMENTS, other=MOMENTS)
def test_moments_as_text_are_in_the_order_of_time(one, other):
    assert (facts.moment_text(one) < facts.moment_text(other)) == (one < other)
    assert datetime.fromisoformat(facts.moment_text(one)) == one


def test_facts_are_read_in_the_order_of_recording_patient_by_patient(clinic):
    append(clinic, "P-2", draft(1))
    append(clinic, "P-1", draft(2), draft(3))
    append(clinic, "P-2", draft(4))

    with database.reading(clinic) as connection:
        everything = [
            (who, [(row.event, row.position, row.body["number"]) for row in rows])
            for who, rows in each_patient(connection)
        ]

    assert everything == [
        ("P-1", [(2, 1, "2"), (3, 2, "3")]),
        ("P-2", [(1, 1, "1"), (4, 2, "4")]),
    ]


def test_what_was_recorded_later_is_hidden_where_knowledge_ends_before(clinic):
    for hours in range(3):
        append(clinic, "P-1", draft(hours), now=NOW + timedelta(hours=hours))

    known = [len(read(clinic, "P-1", known_at=NOW + timedelta(hours=h))) for h in (-1, 0, 1, 2, 9)]

    assert known == [0, 1, 2, 3, 3]


def test_knowledge_of_another_zone_is_the_same_moment(clinic):
    append(clinic, "P-1", draft(), now=NOW)
    elsewhere = NOW.astimezone(timezone(timedelta(hours=13)))
    just_before = elsewhere - timedelta(microseconds=1)

    assert len(read(clinic, "P-1", known_at=elsewhere)) == 1
    assert read(clinic, "P-1", known_at=just_before) == []


def test_the_moment_of_recording_never_runs_backwards_within_a_chain(clinic):
    append(clinic, "P-1", draft(1), now=NOW)
    append(clinic, "P-1", draft(2), now=NOW - timedelta(days=1))
    append(clinic, "P-2", draft(3), now=NOW - timedelta(days=1))

    moments = [row.recorded_at for who in ("P-1", "P-2") for row in read(clinic, who)]

    assert moments == [NOW, NOW + timedelta(microseconds=1), NOW - timedelta(days=1)]


def test_flushing_nothing_writes_nothing(clinic):
    append(clinic, "P-1")

    with database.reading(clinic) as connection:
        assert facts.patients(connection) == []


def test_a_patient_is_known_once_something_was_recorded(clinic):
    (recorded,) = append(clinic, "P-1", draft())

    with database.reading(clinic) as connection:
        assert facts.is_known(connection, "P-1")
        assert not facts.is_known(connection, "P-2")
        assert facts.patient_of(connection, recorded.event) == "P-1"
        assert facts.patient_of(connection, recorded.event + 1) is None


def test_the_text_of_a_protocol_is_kept_once_and_as_it_was(clinic):
    with database.writing(clinic) as connection:
        for said in ("first: é\n", "second"):
            pinned.keep(connection, digest="d", name="n", version="1", text=said)

    with database.reading(clinic) as connection:
        assert pinned.kept(connection, "d") == ("n", "first: é\n")
        assert pinned.kept(connection, "e") is None


# ── the chain ──


def expected_digest(before: str, row) -> str:
    """Take the digest anew, from the stored columns alone."""
    content = [
        before, row.event, row.patient, row.position, row.kind, row.happened_on, row.recorded_at,
        row.recorded_by, row.corrects, row.sender_id, row.body, row.login,
    ]  # fmt: skip
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def test_each_row_is_linked_to_the_one_before_and_the_patient_to_the_last(clinic):
    for number in range(3):
        append(clinic, "P-1", draft(number), draft(number + 10))
        append(clinic, "P-2", draft(number))

    with database.reading(clinic) as connection:
        for who, length in (("P-1", 6), ("P-2", 3)):
            query = select(fact).where(fact.c.patient == who).order_by(fact.c.position)
            rows = connection.execute(query).all()
            digest = "0" * 64
            for position, row in enumerate(rows, start=1):
                digest = expected_digest(digest, row)
                assert (row.position, row.digest) == (position, digest)
            head = connection.execute(select(patient).where(patient.c.id == who)).one()
            assert (len(rows), head.position, head.digest) == (length, length, digest)


def forge(engine, statement: str) -> None:
    """Change the record behind the program's back."""
    with database.writing(engine) as connection:
        drop_triggers(connection)
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE fact SET body = \'{"number":"9"}\' WHERE event = 2',
        "UPDATE fact SET happened_on = '2020-01-01' WHERE event = 2",
        "UPDATE fact SET recorded_at = '2020-01-01T00:00:00.000000+00:00' WHERE event = 2",
        "UPDATE fact SET recorded_by = 'somebody' WHERE event = 3",
        "UPDATE fact SET corrects = 1 WHERE event = 3",
        "UPDATE fact SET kind = 'result' WHERE event = 1",
        "UPDATE fact SET sender_id = 'x' WHERE event = 1",
        "UPDATE fact SET digest = '0' WHERE event = 2",
        "UPDATE fact SET position = position + 7 WHERE event = 3",
        "DELETE FROM fact WHERE event = 1",
        "DELETE FROM fact WHERE event = 2",
        "DELETE FROM fact WHERE event = 3",
        "UPDATE patient SET digest = '0'",
        "UPDATE patient SET position = 2",
    ],
)
def test_a_record_that_was_tampered_with_is_reported_and_never_used(clinic, statement):
    append(clinic, "P-1", draft(1), draft(2), draft(3))

    forge(clinic, statement)

    with pytest.raises(DamagedRecord, match=r"record of P-1 is damaged.*monitor db verify"):
        read(clinic, "P-1")


def each_patient(connection) -> list[tuple[str, list]]:
    """Read every patient's facts."""
    return [(who, facts.read(connection, who)) for who in facts.patients(connection)]


@pytest.mark.parametrize("status", [None, "final", "corrected", "preliminary"])
def test_a_result_that_has_lost_its_value_is_damaged_unless_its_sample_was_not_fit(status):
    catalogue = protocols.catalogue()

    def row(**more: str) -> Recorded:
        return Recorded(
            event=1, patient="P-1", kind="result", on=DAY, recorded_at=NOW, by=None, corrects=None,
            body={"code": "platelets", **more},
        )  # fmt: skip

    with pytest.raises(KeyError):
        codec.alone(row(**({"status": status} if status else {})), catalogue)
    found = codec.alone(row(status="unsuitable"), catalogue)
    assert isinstance(found, Result)
    assert (found.value, found.shown) == ("", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Weighed(Event):
    rank = 2

    kg: Decimal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Timed(Event):
    rank = 2

    lasted: timedelta


def test_a_fact_may_say_a_number():
    row = Recorded(
        event=1, patient="P-1", kind="weighed", on=NOW.date(), recorded_at=NOW, by="x",
        corrects=None, body={"kg": "63.50"},
    )  # fmt: skip

    weighed = plain(_Weighed)(lone(row), ZoneInfo("UTC"), protocols.catalogue())

    assert weighed.kg == Decimal("63.50")


def test_a_field_that_nobody_reads_from_a_text_does_not_load():
    with pytest.raises(
        TypeError, match=r"_Timed\.lasted: say in _READERS how .*timedelta.* is read"
    ):
        plain(_Timed)
