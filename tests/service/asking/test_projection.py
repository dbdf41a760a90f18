"""What is stored for speed equals what the facts say: after every recording, and day after day."""

import random
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

import pytest
from sqlalchemy import update

from monitor.domain.assessment import Treatment, evaluate
from monitor.domain.facts import Event, InfusionPlanned
from monitor.domain.next_change import next_look
from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import LISTED, Asked
from monitor.service.asking.documents import document
from monitor.service.asking.projection import (
    HORIZON,
    LONGEST_WITHOUT_LOOK,
    READABLE,
    differs,
    projected,
)
from monitor.service.asking.worklist import can_be_read, worklist
from monitor.service.operating.refresh import refresh_all
from monitor.store import engine as database
from monitor.store import facts, projection, tables
from tests import documents
from tests.facts import after, answer, infusion, planned, ready, result, symptom, treatment
from tests.faults.tracing import EVERYTHING
from tests.other_drugs import OTHERS
from tests.recordings import PROFILES, Diary

SLOW = pytest.mark.faults
MANY = 400 if EVERYTHING else 150
COUNTS = ("3.2", "1.7", "1.2", "0.7", "0.3")
SEEDS = [1, *(pytest.param(seed, marks=SLOW) for seed in range(2, 10 if EVERYTHING else 6))]


@pytest.fixture(params=SEEDS)
def diary(request):
    diary = Diary(f"projection {request.param}", patients=3)
    yield diary
    diary.close()


def stored(diary: Diary) -> list[object]:
    with database.reading(diary.engine) as connection:
        return [
            one for who in facts.patients(connection) for one in projection.read(connection, who)
        ]


def test_what_is_stored_equals_what_is_worked_out_from_the_facts_alone(diary):
    for _ in range(60):
        who = diary.record_one()
        with database.reading(diary.engine) as connection:
            case = cases.get_case(connection, who, Asked(now=diary.now))
            assert projection.read(connection, who) == projected(case), diary.kinds


@pytest.mark.faults
def test_nothing_recorded_is_of_a_day_that_has_not_begun_wherever_the_patient_moves(diary):
    for _ in range(60):
        for who in diary.patients:
            zone = diary.random.choice(("Pacific/Kiritimati", "America/Los_Angeles"))
            yesterday = (diary.now - timedelta(days=1)).date().isoformat()
            change = {"timezone": zone, "on": yesterday, "second": True}
            with suppress(Refused):  # said before
                diary.record(kind="patient_change", patient=who, **change)
        who = diary.record_one()
        with database.reading(diary.engine) as connection:
            case = cases.get_case(connection, who, Asked(now=diary.now))
            told = [event for event in case.events if not isinstance(event, InfusionPlanned)]
            assert max(event.on for event in told) <= case.today, diary.kinds
            assert not differs(connection, case)


def test_working_everything_out_anew_changes_nothing(diary):
    for _ in range(40):
        diary.record_one()
    refresh_all(diary.engine, now=diary.now)  # time has passed for those recorded earlier
    before = stored(diary)

    done = refresh_all(diary.engine, now=diary.now)

    assert (done.patients, done.unusable) == (3, ())
    assert stored(diary) == before


@pytest.mark.faults
def test_nothing_changes_until_the_day_before_the_next_day_to_look(diary):
    for _ in range(60):
        who = diary.record_one()
        with database.reading(diary.engine) as connection:
            case = cases.get_case(connection, who, Asked(now=diary.now))
        for one, treated in zip(projected(case), by_drug(case), strict=True):
            until = one.evaluated_on + HORIZON
            first = standing(treated, one.evaluated_on, until)
            looked_at = min(one.next_look, one.evaluated_on + timedelta(days=40))
            for number in range(1, (looked_at - one.evaluated_on).days):
                now = standing(treated, one.evaluated_on + timedelta(days=number), until)
                assert now == first, f"{who}, {number} days on, {one.next_look}: {diary.kinds}"


def assert_nothing_changes_until_the_next_look(told: list[Event], today: date) -> None:
    case, until = treatment(*told), today + HORIZON
    assessment = evaluate(case, today, until=until)
    look = next_look(case, assessment, today, latest=today + LONGEST_WITHOUT_LOOK)
    first = standing(case, today, until)
    for days in range(1, (look - today).days):
        now = standing(case, today + timedelta(days=days), until)
        assert now == first, f"{today} + {days} days, {look}: {told}"


@pytest.mark.parametrize("times", [24, pytest.param(MANY, marks=SLOW)])
@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_changes_until_then_around_infections_and_low_counts_either(profile, times):
    chosen = random.Random(f"{profile} {times}")
    for number in range(times):
        told = [*ready(profile), infusion(), *(infections(chosen, number))]
        today = after(chosen.randint(60, 130) if number % 2 else chosen.randint(0, 60))
        assert_nothing_changes_until_the_next_look(told, today)


@pytest.mark.parametrize("times", [8, pytest.param(MANY, marks=SLOW)])
@pytest.mark.parametrize("protocol", OTHERS)
def test_nothing_changes_until_then_under_every_other_protocol_either(protocol, times):
    other, chosen = OTHERS[protocol], random.Random(f"{protocol} {times}")
    for _ in range(times):
        steps = [0, *chosen.choices(other.steps, k=chosen.randint(0, 5))]
        given = list(accumulate(steps))
        told = other.history(*given)
        for day in chosen.choices(range(given[-1] + 400), k=chosen.randint(0, 4)):
            code = chosen.choice(sorted(other.normal))
            value = chosen.choice([other.normal[code], other.bad.get(code, other.normal[code])])
            told.append(other.measured(code, value, after(day)))
        told.append(planned(on=after(given[-1] + chosen.choice([1, 25, 310, 370, 480, 500])),
                            drug=other.drug))  # fmt: skip
        today = after(given[-1] + chosen.randint(0, 500))
        assert_nothing_changes_until_the_next_look(told, today)


@pytest.mark.parametrize(
    ("infection", "leaves"),
    [
        # An infection that was over leaves when the window begins after its end.
        (
            [
                answer("active_infection", "yes", on=after(80)),
                answer("active_infection", "no", on=after(95)),
            ],
            102,
        ),
        ([symptom("cough", on=after(94))], 102),
    ],
)
def test_the_day_on_which_an_infection_leaves_the_dose_table_is_looked_at(infection, leaves):
    count = result("neutrophils", "0.3", on=after(98))
    case = treatment(*ready("eu"), infusion(), *infection, count)
    until = after(500)

    look = next_look(case, evaluate(case, after(100), until=until), after(100), latest=after(135))

    asked = {day: rules(case, after(day), until) for day in (100, leaves - 1, leaves)}
    assert "next-infusion" not in asked[100] | asked[leaves - 1]  # the table says stop
    assert "next-infusion" in asked[leaves]
    assert look == after(leaves)


def rules(case: Treatment, day: date, until: date) -> set[str]:
    return {check.rule for check in evaluate(case, day, until=until).checks}


def test_a_fact_that_is_of_tomorrow_once_the_patient_moved_is_looked_at_tomorrow():
    case = treatment(*ready(), infusion(), infusion(on=after(91)))

    look = next_look(case, evaluate(case, after(90)), after(90), latest=after(120))

    assert look == after(91)


def infections(chosen: random.Random, number: int) -> list[Event]:
    """Make up signs of infection and counts, around the time when the next infusion is due."""
    start = 70 if number % 2 else 0
    days = [start + chosen.randint(0, 45) for _ in range(12)]
    found: list[Event] = [planned(on=after(chosen.randint(10, 120)))] if number % 3 == 0 else []
    found += [result("neutrophils", chosen.choice(COUNTS), on=after(day)) for day in days[:3]]
    found += [result("leucocytes", chosen.choice(COUNTS), on=after(days[3]))]
    found += [answer("active_infection", "yes", on=after(day)) for day in days[4:6]]
    found += [answer("active_infection", "no", on=after(day)) for day in days[6:8]]
    found += [symptom(chosen.choice(["fever", "cough"]), on=after(days[8]))]
    found += [result("urinalysis", chosen.choice(["normal", "infection"]), on=after(days[9]))]
    found += [result("hcg", "negative", on=after(days[10])), infusion(on=after(days[11]))]
    return chosen.sample(found, k=chosen.randint(3, len(found)))


def by_drug(case):
    return sorted(case.followed, key=lambda followed: followed.timeline.drug)


def standing(treatment: Treatment, day: date, until: date) -> tuple[object, object]:
    """Work out the pending checks and the warnings of a treatment on a day."""
    assessment = evaluate(treatment, day, until=until)
    checks = [check for check in assessment.checks if check.state in LISTED and check.due <= until]
    return checks, assessment.warnings


def test_the_list_of_the_clinic_is_the_same_read_as_worked_out(diary):
    refresh_all(diary.engine, now=diary.now)  # without it nothing stored is read
    for number in range(24):
        diary.record_one()
        passed = timedelta(hours=0) if number % 2 else timedelta(hours=13 * number**2)
        asked = Asked(now=diary.now + passed)
        today = asked.now.astimezone(UTC).date()
        for ahead in (timedelta(days=-5), timedelta(days=90), READABLE):
            with database.reading(diary.engine) as connection:
                listed = worklist(connection, asked, until=today + ahead)
                assert document(listed.checks) == worked_out(connection, asked, until=today + ahead)
                assert listed.damaged == {}


def test_who_is_looked_at_anew_for_one_treatment_is_listed_once():
    diary = Diary("once", patients=1)
    value = {"code": "platelets", "value": "12", "unit": "10*9/L", "confirm": True}
    diary.record(patient="P-1", kind="result", on=diary.today("P-1").isoformat(), **value)
    refresh_all(diary.engine, now=diary.now)  # without it nothing stored is read
    asked = Asked(now=diary.now)
    until = asked.now.astimezone(UTC).date() + READABLE
    for drug in ("exampline", ""):
        with database.writing(diary.engine) as connection:
            connection.execute(
                update(tables.treatment)
                .where(tables.treatment.c.drug == drug)
                .values(look_at=asked.now.isoformat(timespec="microseconds"))
            )
        with database.reading(diary.engine) as connection:
            listed = worklist(connection, asked, until=until)
            assert document(listed.checks) == worked_out(connection, asked, until=until)
    diary.close()


def worked_out(connection, asked: Asked, *, until: date) -> list[dict[str, object]]:
    found = [
        documents.check_answer(case.patient, check)
        for case in cases.all_cases(connection, asked, report=pytest.fail)
        for check in cases.upcoming(case, until=until, states=())
    ]
    return sorted(found, key=lambda c: (c["due"], c["patient"], c["rule"], c["occurrence"]))


def test_a_closed_patient_is_looked_at_again_where_only_a_fact_of_tomorrow_reopens():
    diary = Diary("moved", patients=1)
    noon = diary.now.replace(hour=12)  # the next day has begun in Kiritimati
    for now, line in (
        (noon, {"kind": "patient_change", "timezone": "Pacific/Kiritimati", "on": "2024-01-08"}),
        (noon, {"kind": "close", "on": "2024-01-08", "reason": "transferred"}),
        (noon, {"kind": "reopen", "on": "2024-01-09"}),
        # The clock was ahead: by the one of now, the reopening is a matter of the future.
        (noon - timedelta(hours=1), {"kind": "patient_change", "timezone": "UTC",
                                     "on": "2024-01-08", "second": True}),
    ):  # fmt: skip
        diary.now = now
        diary.record(patient="P-1", **line)

    found = {(one.evaluated_on, one.next_look) for one in stored(diary)}

    assert found == {(date(2024, 1, 8), date(2024, 1, 9))}
    diary.close()


def test_a_day_that_is_named_is_answered_from_the_facts_even_when_it_is_today():
    """In the zones farthest ahead the checks of tomorrow are stored already."""
    now = datetime(2024, 1, 8, 12, tzinfo=UTC)
    until = now.date() + timedelta(days=90)

    assert can_be_read(Asked(now=now), until)
    assert not can_be_read(Asked(now=now, as_of=now.date()), until)
    assert not can_be_read(Asked(now=now, known_at=now), until)
    assert not can_be_read(Asked(now=now), now.date() + READABLE + timedelta(days=1))


def test_a_projection_of_a_day_that_has_not_come_is_a_fault():
    diary = Diary("clock", patients=1)
    earlier = Asked(now=diary.now - timedelta(days=3))

    with database.reading(diary.engine) as connection:
        assert differs(connection, cases.get_case(connection, "P-1", earlier))
        assert not differs(connection, cases.get_case(connection, "P-1", Asked(now=diary.now)))
    diary.close()


@pytest.mark.parametrize(("stored_for", "is_damaged"), [(None, False), ("9999-12-31", True)])
def test_checks_ahead_of_the_clock_are_damaged_only_where_they_do_not_follow_from_the_facts(
    stored_for, is_damaged
):
    diary = Diary("clock", patients=1)
    earlier = Asked(now=diary.now - timedelta(days=3))

    with database.writing(diary.engine) as connection:
        if stored_for:
            connection.execute(update(tables.treatment).values(evaluated_on=stored_for))
        case = cases.get_case(connection, "P-1", earlier)
        assert differs(connection, case, may_be_ahead=True) is is_damaged
    diary.close()


def test_the_first_rows_of_the_list_are_the_first_of_all(diary):
    for _ in range(40):
        diary.record_one()
    asked = Asked(now=diary.now + timedelta(days=3))
    until = asked.now.date() + timedelta(days=90)

    with database.reading(diary.engine) as connection:
        some = worklist(connection, asked, until=until, limit=5).checks
        every = worked_out(connection, asked, until=until)

    assert document(some) == every[:5]
