"""Which reminders are owed: stages, repeats, acknowledgements, who is told. Pure."""

import random
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from monitor import policy
from monitor.domain.assessment import Assessment, evaluate
from monitor.domain.checks import Check
from monitor.domain.next_change import next_look
from monitor.domain.outcome import CheckState, Role, Severity, Urgency
from monitor.domain.reminders.audience import Recipient
from monitor.domain.reminders.due import Reminder, reminders_due, unheard
from monitor.domain.reminders.history import History
from monitor.domain.reminders.stages import next_change, stages_on
from monitor.domain.reminders.subject import Subject, is_graver
from monitor.domain.reminders.wording import first_telling
from tests.facts import (
    DRUG,
    FIRST,
    after,
    all_tests,
    infusion,
    planned,
    ready,
    result,
    symptom,
    treatment,
    waiver,
)
from tests.shares import so_many

NOW = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = policy.load(None)
NOTHING = History()


def person(role: str, name: str = "", *, private: bool = False) -> Recipient:
    zone = ZoneInfo("UTC")
    return Recipient(
        role=Role(role), name=name or role, zone=zone, is_private=private, address=role
    )


EVERYBODY = [person(role) for role in ("patient", "nurse", "prescriber", "pharmacist")]


def assessed(today: date, *facts) -> list:
    case = treatment(*(facts or (*ready(), infusion())))
    return [(case, evaluate(case, today, until=today + timedelta(days=60)))]


def planned_on(
    today: date, *facts, people=EVERYBODY, past: History = NOTHING, rule: str = "", rules=POLICY
) -> list[Reminder]:
    now = datetime.combine(today, datetime.min.time(), UTC) + timedelta(hours=10)
    found = reminders_due("P", assessed(today, *facts), people, rules, past, today=today, now=now)
    return [one for one in found if not rule or one.subject.rule == rule]


def unheard_on(today: date, *facts, people=EVERYBODY, past: History = NOTHING) -> int:
    now = datetime.combine(today, datetime.min.time(), UTC) + timedelta(hours=10)
    return unheard(assessed(today, *facts), people, POLICY, past, today=today, now=now)


def nadir(today: date, **more) -> list[Reminder]:
    return planned_on(today, rule="cbc-nadir", **more)


# stages


@pytest.mark.parametrize(
    ("days", "stage", "repeat"),
    [
        (7, None, 0),
        (8, "ahead", 0),
        (9, "ahead", 0),
        (10, "due", 0),
        (14, "due", 0),
        (15, "overdue", 0),
        (21, "overdue", 0),
        (22, "overdue", 1),
        (28, "overdue", 1),
        (29, "escalated", 0),
        (35, "escalated", 0),
        (36, "escalated", 1),
        (43, "escalated", 2),
        (29 + 7 * 40, "escalated", 40),
    ],
)
def test_a_check_goes_through_its_stages_day_by_day(days, stage, repeat):
    found = nadir(after(days), people=[person("nurse")])

    assert [(one.stage.value, one.repeat) for one in found] == ([(stage, repeat)] if stage else [])


@pytest.mark.parametrize(("days", "repeat"), [(1, 0), (6, 0), (7, 1), (14, 1), (15, 0), (31, 0)])
def test_the_infection_notice_is_told_again_in_its_worst_week(days, repeat):
    told = {"people": [person("patient", private=True)], "rule": "infection-watch"}
    (first,) = planned_on(FIRST, **told)
    at = datetime.combine(FIRST, datetime.min.time(), UTC)

    (again,) = planned_on(
        after(days), past=replace(NOTHING, first_sent_at={first.subject: at}), **told
    )

    assert (again.repeat, again.key == first.key) == (repeat, repeat == 0)


def test_the_infection_notice_is_not_for_a_channel_that_is_not_private():
    assert planned_on(after(7), people=[person("patient")], rule="infection-watch") == []


@pytest.mark.parametrize(
    ("days", "since"), [(8, 8), (9, 8), (13, 10), (20, 15), (22, 22), (28, 22), (40, 36)]
)
def test_a_reminder_says_since_when_it_should_have_been_told(days, since):
    (one,) = nadir(after(days), people=[person("nurse")])

    assert one.since == after(since)


@pytest.mark.parametrize(
    ("role", "last", "missed"),
    [
        ("nurse", 0, 8),
        ("nurse", 7, 8),
        ("nurse", 8, 10),
        ("nurse", 10, 15),  # a repeat would be on day 17
        ("nurse", 15, 22),
        ("nurse", 22, 29),
        ("nurse", 29, 36),
        ("nurse", 43, 50),
        ("prescriber", 0, 10),
        ("pharmacist", 0, 29),
    ],
)
def test_what_was_missed_first_is_the_next_telling_of_the_role(role, last, missed):
    (one,) = nadir(after(8), people=[person("nurse")])

    found = first_telling(one.cause, POLICY, one.lead, Role(role), after=after(last))

    assert found == after(missed)


def test_who_is_told_nothing_more_missed_nothing():
    (one,) = nadir(after(8), people=[person("nurse")])
    operator = first_telling(one.cause, POLICY, one.lead, Role.OPERATOR, after=after(0))

    assert operator == date.max


@pytest.mark.parametrize(
    ("days", "roles"),
    [
        (8, {"patient", "nurse"}),
        (10, {"patient", "nurse", "prescriber"}),
        (15, {"patient", "nurse", "prescriber"}),
        (29, {"patient", "nurse", "prescriber", "pharmacist"}),
    ],
)
def test_each_stage_tells_those_of_its_roles_whom_the_rule_is_for(days, roles):
    assert {one.recipient.role.value for one in nadir(after(days))} == roles


@pytest.mark.parametrize(
    ("people", "told"),
    [
        (["prescriber"], ["prescriber"]),
        (["pharmacist"], ["pharmacist"]),
        (["patient"], ["patient"]),
        (["operator"], ["operator"]),
        (["operator", "pharmacist"], ["pharmacist"]),
        (["prescriber", "pharmacist"], ["prescriber", "pharmacist"]),
        (["nurse", "prescriber"], ["nurse"]),
        ([], []),
    ],
)
def test_where_nobody_of_the_roles_is_known_somebody_else_is_told(people, told):
    found = nadir(after(8), people=[person(role) for role in people])

    assert [one.recipient.role.value for one in found] == told


def test_a_check_that_was_done_or_waived_is_told_no_more():
    counts = [result(code, "200", on=after(9)) for code in ("platelets",)]
    counts.append(result("neutrophils", "3.2", on=after(9)))

    assert planned_on(after(20), *ready(), infusion(), *counts, rule="cbc-nadir") == []
    facts = [*ready(), infusion()]
    waived = waiver("cbc-nadir", on=after(11), anchor=len(facts))
    assert planned_on(after(20), *facts, waived, rule="cbc-nadir") == []


def test_of_several_overdue_occurrences_only_the_newest_is_told_with_the_number_of_the_others():
    found = planned_on(after(365 * 2 + 20), people=[person("nurse")], rule="cbc-follow-up")

    assert [(one.subject.occurrence, one.stage.value, one.earlier) for one in found] == [
        (8, "overdue", 7)
    ]


def test_every_stage_of_a_day_is_what_stages_says_of_it():
    for days in (8, 10, 15, 29):
        (one,) = assessed(after(days))
        stood = stages_on(one, POLICY, after(days))

        for one in planned_on(after(days)):
            assert stood[one.subject] == one.stage


# warnings

LOW = (*ready(), infusion(), result("lvef", "45", on=after(60)))


@pytest.mark.parametrize(("days", "repeat"), [(60, 0), (66, 0), (67, 1), (74, 2)])
def test_an_urgent_warning_is_told_at_once_and_repeated(days, repeat):
    first = planned_on(after(60), *LOW, rule="low-lvef")
    told = after(60)
    past = replace(
        NOTHING,
        first_sent_at={first[0].subject: datetime(told.year, told.month, told.day, 10, tzinfo=UTC)},
        acknowledged_on={first[0].subject: after(20)},  # long ago: neither quiet nor escalated
    )

    found = planned_on(after(days), *LOW, past=past, rule="low-lvef")

    assert {one.urgency for one in found} == {Urgency.URGENT}
    assert {one.recipient.role.value for one in found} == {"patient", "nurse", "prescriber"}
    assert {one.repeat for one in found} == {repeat}


def test_a_newer_low_value_is_told_anew_whatever_was_acknowledged_before():
    (first, *_) = planned_on(after(62), *LOW, rule="low-lvef")
    seen = replace(NOTHING, acknowledged_on={first.subject: after(62)})
    worse = (*LOW, result("lvef", "30", on=after(63)))

    told = planned_on(after(63), *LOW, past=seen, rule="low-lvef")
    assert all(one.is_answered for one in told)  # what is on its way to the patient goes on
    assert {one.recipient.role for one in told} == {Role.PATIENT}
    anew = planned_on(after(63), *worse, past=seen, rule="low-lvef")
    assert {one.is_answered for one in anew} == {False}


@pytest.mark.parametrize(("hours", "stage"), [(11, "warning"), (12, "escalated")])
def test_an_urgent_warning_escalates_unless_it_was_acknowledged(hours, stage):
    today = after(62)
    now = datetime(today.year, today.month, today.day, 10, tzinfo=UTC)
    (one, *_) = planned_on(today, *LOW, rule="low-lvef")
    told = replace(NOTHING, first_sent_at={one.subject: now - timedelta(hours=hours)})
    seen = replace(told, acknowledged_on={one.subject: after(20)})  # long ago: quiet no more

    found = planned_on(today, *LOW, past=told, rule="low-lvef")

    assert {each.stage.value for each in found} == {stage}
    answered = planned_on(today, *LOW, past=seen, rule="low-lvef")
    assert {each.stage.value for each in answered} == {"warning"}


def test_mild_warnings_go_to_private_channels_only():
    today = after(2)

    public = planned_on(today, people=[person("patient")], rule="urine-colour")
    private = planned_on(today, people=[person("patient", private=True)], rule="urine-colour")

    assert (len(public), len(private)) == (0, 1)
    assert private[0].urgency is Urgency.ROUTINE


def test_a_warning_that_has_no_words_for_patients_is_not_told_to_them():
    facts = (*ready(), infusion(), infusion(on=after(5)))  # against the gate

    found = planned_on(after(6), *facts, rule="given-against-gate")

    assert {one.recipient.role.value for one in found} == {"nurse", "prescriber", "pharmacist"}
    assert {one.cause.severity for one in found} == {Severity.CAUTION}


# failed


def test_who_could_not_be_reached_is_told_to_the_others_and_to_operators():
    people = [*EVERYBODY, person("operator", "IT")]
    (one,) = nadir(after(10), people=[person("nurse")])
    past = replace(NOTHING, failed={one.subject: frozenset({(Role.NURSE, "nurse")})})

    found = [each for each in nadir(after(10), people=people, past=past) if each.unreached]

    assert {each.recipient.role.value for each in found} == {"prescriber", "pharmacist", "operator"}
    assert {(each.stage.value, each.unreached) for each in found} == {("escalated", "nurse")}
    days = [nadir(after(d), people=people, past=past) for d in (10, 11, 13)]
    assert len({frozenset(e.key for e in found if e.unreached) for found in days}) == 1


def closed(role: str) -> Recipient:
    return replace(person(role), is_closed=True)


@pytest.mark.parametrize(
    ("people", "next_one", "names"),
    [
        ([closed("patient"), person("nurse")], "nurse", "patient"),
        ([closed("nurse"), person("prescriber"), person("operator")], "prescriber", "nurse"),
        ([closed("nurse"), closed("prescriber"), person("operator")], "operator",
         "nurse, prescriber"),
        ([closed("nurse"), person("operator")], "operator", "nurse"),
    ],
)  # fmt: skip
def test_of_an_urgent_matter_the_next_hears_at_once_who_has_no_channel_that_can_be_tried(
    people, next_one, names
):
    facts = (*ready(), infusion(), result("lvef", "45", on=FIRST))
    told = {"people": people, "rule": "low-lvef"}

    found = [one for one in planned_on(FIRST, *facts, **told) if one.unreached]

    assert [(one.recipient.role.value, one.unreached) for one in found] == [(next_one, names)]
    assert {one.stage.value for one in found} == {"escalated"}
    assert unheard_on(FIRST, *facts, people=people) == 0


def test_where_nobody_has_a_channel_that_can_be_tried_it_reaches_nobody_and_what_waits_may_wait():
    facts = (*ready(), infusion(), result("lvef", "45", on=FIRST))

    assert unheard_on(FIRST, *facts, people=[closed("nurse"), closed("operator")]) == 1
    assert unheard_on(FIRST, *facts, people=[closed("nurse"), person("patient")]) == 1
    waiting = nadir(after(10), people=[closed("nurse"), person("prescriber")])
    assert {one.unreached for one in waiting} == {""}


# keys


def test_planning_twice_gives_the_same_keys():
    assert [one.key for one in planned_on(after(90))] == [one.key for one in planned_on(after(90))]


def test_keys_differ_by_recipient_stage_repeat_matter_patient_and_turn():
    (one,) = nadir(after(10), people=[person("nurse")])
    others = [
        replace(one, recipient=person("nurse", "another")),
        replace(one, recipient=person("prescriber", "nurse")),
        replace(one, offset=7),
        replace(one, turn=1),
        replace(one, patient="Q"),
        replace(one, unreached="x"),
        *(replace(one, subject=replace(one.subject, **{k: v})) for k, v in
          (("drug", "x"), ("rule", "x"), ("occurrence", 9), ("anchor", 99))),
        *nadir(after(15), people=[person("nurse")]),
    ]  # fmt: skip

    assert len({each.key for each in (one, *others)}) == len(others) + 1


def test_a_key_does_not_depend_on_the_channel_the_words_or_the_day():
    (one,) = nadir(after(10), people=[person("nurse")])
    (later,) = nadir(after(13), people=[replace(person("nurse"), address="x", is_private=True)])

    assert one.key == later.key


def test_no_two_reminders_of_a_plan_share_a_key():
    found = planned_on(after(89), people=EVERYBODY)

    assert len({one.key for one in found}) == len(found) > 20


def test_treatments_with_two_drugs_are_told_each_for_itself():
    today = after(10)
    ((case, assessment),) = assessed(today)
    another = copy(case.timeline)
    another.drug = "another"
    two = [(case, assessment), (replace(case, timeline=another), assessment)]

    found = reminders_due("P", two, [person("nurse")], POLICY, NOTHING, today=today,
                 now=NOW)  # fmt: skip

    assert {one.subject.drug for one in found} == {DRUG, "another"}
    assert len({one.key for one in found}) == 2 * len([o for o in found if o.subject.drug == DRUG])


# acknowledged is not done


@pytest.mark.parametrize("seen", [8, 10, 15, 29])
def test_an_acknowledgement_quiets_by_the_number_of_the_stage_that_the_check_is_in(seen):
    (one,) = nadir(after(seen), people=[person("nurse")])
    past = replace(NOTHING, acknowledged_on={one.subject: after(seen)})

    told = [
        day
        for day in range(seen, seen + 20)
        if nadir(after(day), people=[person("nurse")], past=past)
    ]

    # seen while ahead it would be quiet for 14 days, but from the day it is due on it is for 7
    assert told == list(range(seen + 7, seen + 20))


class Seen(RuleBasedStateMachine):
    """R10: days pass, people acknowledge; the check stays, and reminders come back in bounds."""

    def __init__(self) -> None:
        super().__init__()
        self.day, self.seen = 0, None
        self.facts = [*ready(), infusion()]
        ((_, assessment),) = assessed(after(10), *self.facts)
        check = next(c for c in assessment.checks if c.rule == "cbc-nadir")
        self.subject = Subject(
            drug=DRUG, rule="cbc-nadir", occurrence=1, anchor=check.anchor.identity
        )

    @rule(days=st.integers(1, 30))
    def time_passes(self, days: int) -> None:
        self.day += days

    @rule()
    def somebody_acknowledges(self) -> None:
        self.seen = self.day

    def check(self) -> Check:
        ((_, assessment),) = assessed(after(self.day), *self.facts)
        return next(c for c in assessment.checks if c.rule == "cbc-nadir")

    @invariant()
    def it_is_not_done_by_it(self) -> None:
        check = self.check()
        expected = (
            CheckState.AHEAD if self.day < 7
            else CheckState.OPEN if self.day <= 14 else CheckState.OVERDUE
        )  # fmt: skip
        assert check.state is expected
        assert check.done_on is None

    @invariant()
    def it_is_told_unless_it_was_seen_lately(self) -> None:
        seen = {} if self.seen is None else {self.subject: after(self.seen)}
        told = nadir(after(self.day), people=[person("nurse")],
                     past=replace(NOTHING, acknowledged_on=seen))  # fmt: skip
        quiet = 0 if self.seen is None else self.seen + (14 if self.day < 10 else 7)
        assert bool(told) is (self.day >= 8 and self.day >= quiet)


Seen.TestCase.settings = settings(max_examples=so_many(48), stateful_step_count=12, deadline=None)
TestAcknowledgedIsNotDone = Seen.TestCase


# when to plan again


def scenario(chosen: random.Random) -> list:
    """Make up a treatment."""
    profile = chosen.choice(("us", "eu", "fr"))
    facts = [*ready(profile), infusion()]
    at = 0
    for _ in range(chosen.randint(0, 3)):
        at += chosen.choice((28, 31, 92, 100))
        facts += [*all_tests(on=after(at - 1)), infusion(on=after(at))]
    for _ in range(chosen.randint(0, 4)):
        on = after(chosen.randint(0, at + 60))
        facts.append(chosen.choice((
            result("lvef", chosen.choice(("45", "60")), on=on),
            result("neutrophils", chosen.choice(("0.4", "1.2", "3.0")), on=on),
            result("platelets", "200", on=on),
            symptom(chosen.choice(("fever", "bleeding", "breathlessness")), on=on),
        )))  # fmt: skip
    if chosen.random() < 0.5:
        facts.append(planned(on=after(at + chosen.randint(20, 120))))
    return facts


def past_in(chosen: random.Random, found: list[Reminder], today: date) -> History:
    subjects = [one.subject for one in found]
    picked = [subject for subject in subjects if chosen.random() < 0.5]
    return History(
        acknowledged_on={m: today - timedelta(days=chosen.randint(0, 20)) for m in picked},
        first_sent_at={},
        failed={m: frozenset({(Role.NURSE, "nurse")}) for m in subjects if chosen.random() < 0.2},
    )


@pytest.mark.parametrize("seed", range(12))
def test_nothing_to_tell_changes_before_the_day_on_which_it_is_planned_again(seed):
    chosen = random.Random(seed)
    people = [*EVERYBODY, person("patient", "P", private=True), person("operator")]
    for _ in range(6):
        facts = scenario(chosen)
        case = treatment(*facts)
        today = after(chosen.randint(0, 500))
        past = past_in(chosen, planned_on(today, *facts, people=people), today)
        found = assessed(today, *facts)
        latest = today + timedelta(days=35)
        day, moment = next_change(found, POLICY, past, today=today, now=NOW)
        again = min(day or latest, next_look(case, found[0][1], today, latest=latest))
        first = {one.key for one in planned_on(today, *facts, people=people, past=past)}

        assert moment is None
        for number in range(1, (again - today).days):
            then = today + timedelta(days=number)
            now = {one.key for one in planned_on(then, *facts, people=people, past=past)}
            assert now == first, f"{then}, planned again on {again}"


def test_the_next_escalation_is_seen_behind_one_that_has_passed():
    today = after(62)
    now = datetime(today.year, today.month, today.day, 10, tzinfo=UTC)
    facts = (*LOW, symptom("breathlessness", on=after(62)))
    old, new = (
        next(one.subject for one in planned_on(today, *facts, rule=name))
        for name in ("low-lvef", "cardiac-symptom")
    )
    past = replace(NOTHING, first_sent_at={old: now - timedelta(days=9), new: now})

    _, moment = next_change(assessed(today, *facts), POLICY, past, today=today, now=now)

    assert moment == now + timedelta(hours=12)


def test_nothing_is_planned_of_nothing():
    empty = [(treatment(*ready()), Assessment(checks=(), warnings=()))]

    assert reminders_due("P", empty, EVERYBODY, POLICY, NOTHING, today=FIRST, now=NOW) == ()
    assert next_change(empty, POLICY, NOTHING, today=FIRST, now=NOW) == (None, None)


# what is urgent and reaches nobody


def test_what_is_urgent_reaches_nobody_where_the_clinic_has_no_contact():
    facts = (*ready(), symptom("palpitations", on=FIRST))
    nurse = [person("nurse")]

    assert unheard_on(FIRST, *facts, people=[]) == 1
    assert unheard_on(FIRST, *facts, people=[person("patient")]) == 1
    assert unheard_on(FIRST, *facts, people=nurse) == 0
    assert unheard_on(FIRST, *ready(), people=[]) == 0


def test_what_was_given_up_reaches_nobody_until_somebody_has_seen_it():
    facts = (*ready(), symptom("palpitations", on=FIRST))
    nurse = [person("nurse")]
    subject = next(
        one.subject for one in planned_on(FIRST, *facts, people=nurse) if one.urgency != "routine"
    )
    failed = History(
        acknowledged_on={}, first_sent_at={}, failed={subject: frozenset({(Role.NURSE, "nurse")})}
    )

    assert unheard_on(FIRST, *facts, people=nurse, past=failed) == 1


def test_a_grave_warning_stands_under_each_of_its_facts():
    facts = (*ready(), symptom("palpitations", on=FIRST), symptom("breathlessness", on=FIRST))
    ((case, assessment),) = assessed(FIRST, *facts)
    (warning,) = [w for w in assessment.warnings if w.rule == "cardiac-symptom"]

    found = stages_on((case, assessment), POLICY, FIRST)

    assert len(warning.facts) == 2
    assert {m.anchor for m in found if m.rule == warning.rule} >= {
        fact.identity for fact in warning.facts
    }


def test_an_emergency_is_graver_than_what_is_urgent_and_that_than_the_message_of_the_day():
    routine, urgent, emergency = Urgency.ROUTINE, Urgency.URGENT, Urgency.EMERGENCY
    graver = {(one, other) for one in Urgency for other in Urgency if is_graver(one, other)}
    assert graver == {(urgent, routine), (emergency, routine), (emergency, urgent)}
