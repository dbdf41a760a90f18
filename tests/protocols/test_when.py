"""The key `when` of every rule: since when it is for a patient, and what nobody knows."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from monitor import protocols
from monitor.domain.assessment import Treatment, evaluate
from monitor.domain.dates import Span
from monitor.domain.facts import CourseStarted, Event
from monitor.domain.next_change import next_look
from monitor.domain.when import Condition, Single
from monitor.errors import ProtocolError
from monitor.protocols.reader import read_protocol
from tests.facts import answer, infusion, result, timeline, view, woman
from tests.protocols.test_schedule import START, checks, dose, taken, written

MONTHLY = "from: start, phases: [{every: 1 month}]"


def day(number: int) -> date:
    """Give the day so many days after the start."""
    return START + timedelta(number)


def since(condition: Condition, *facts: Event, on: date) -> date | None:
    """Ask since when a condition holds."""
    return condition.since(view(*facts, on=on))


HIV = Condition(fact="hiv", is_="yes")
LOW = Condition(code="platelets", below=100)
WORD = Condition(code="hcg", is_="positive")


@pytest.mark.parametrize(
    ("said", "holds_since"),
    [
        ([], date.min),
        ([(1, "unknown")], date.min),
        ([(1, "yes"), (2, "yes")], date.min),
        ([(1, "no")], None),
        ([(1, "no"), (5, "yes"), (6, "yes")], day(5)),
        ([(1, "no"), (5, "unknown"), (6, "yes")], day(5)),
        ([(1, "yes"), (5, "no")], None),
        ([(20, "no")], date.min),  # it lies ahead
    ],
)
def test_an_answer_holds_since_it_was_first_given_or_since_ever(said, holds_since):
    facts = [answer("hiv", value, on=day(on)) for on, value in said]

    assert since(HIV, *facts, on=day(10)) == holds_since


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        (LOW, "99", True),
        (LOW, "100", False),
        (Condition(code="platelets", above=100), "101", True),
        (Condition(code="platelets", above=100), "100", False),
        (WORD, "positive", True),
        (WORD, "negative", False),
    ],
)
def test_a_value_holds_from_its_day(condition, value, holds):
    other = {"platelets": "100", "hcg": "negative"}[condition.code]
    before = result(condition.code, other, on=day(1))
    now = result(condition.code, value, on=day(5))

    assert since(condition, before, now, on=day(9)) == (day(5) if holds else None)


def test_time_on_the_drug_and_age_begin_on_a_day_to_come():
    on_drug, age = Condition(on_drug=Span(months=24)), Condition(age_years=65)

    assert since(on_drug, infusion(on=START), infusion(on=day(30)), on=day(40)) == date(2027, 1, 6)
    assert since(on_drug, on=day(40)) is None
    assert since(age, woman(born=date(1960, 2, 29)), on=day(0)) == date(2025, 2, 28)
    assert since(age, woman(born=None), on=day(0)) == date.min


@pytest.mark.parametrize(
    ("answers", "told"),
    [((), "so, or nobody knows"), (("no",), "not so"), (("no", "yes"), "so from 2025-01-07 on")],
)
def test_it_says_whether_it_is_so(answers, told):
    facts = [answer("hiv", value, on=day(on)) for on, value in enumerate(answers)]

    assert HIV.said(view(*facts, on=day(9))) == f"only when fact hiv, is yes: {told}"


@pytest.mark.parametrize(
    ("facts", "holds_since", "told"),
    [
        ([], date.min, "so, or nobody knows"),
        ([answer("hiv", "no", on=day(1))], day(5), "so from 2025-01-11 on"),
        ([answer("hiv", "no", on=day(1)), answer("hiv", "yes", on=day(3))], day(3), "so from"),
    ],
)
def test_of_several_any_one_is_enough(facts, holds_since, told):
    low = [result("platelets", v, on=day(n)) for n, v in ((1, "100"), (5, "99"))]
    either = Condition(
        any=(Single(fact="hiv", is_="yes"), Single(code="platelets", below=Decimal(100)))
    )

    assert since(either, *facts, *low, on=day(9)) == holds_since
    words = "only when fact hiv, is yes or code platelets, below 100 10*9/L: "
    assert either.said(view(*facts, *low, on=day(9))).startswith(words + told)
    assert since(either, answer("hiv", "no", on=day(1)), *low[:1], on=day(9)) is None


# ── on a schedule ──


def test_it_is_asked_for_while_the_answer_says_so_and_where_nobody_knows():
    rule = f'{MONTHLY}, when: [{{fact: hiv, is: "yes"}}]'
    start = taken("start", START)

    assert len(checks(rule, start, until=day(100))) == 3
    assert checks(rule, start, answer("hiv", "no", on=START), until=day(100)) == []


def test_what_begins_later_is_first_due_on_that_day_and_never_before():
    rule = f'{MONTHLY}, when: [{{fact: hiv, is: "yes"}}]'
    facts = [taken("start", START), answer("hiv", "no", on=START), answer("hiv", "yes", on=day(70))]

    found = checks(rule, *facts, on=day(70), until=day(130))

    assert [(c.occurrence, c.opens, c.due) for c in found] == [
        (2, day(70), day(70)),
        (3, date(2025, 4, 3), date(2025, 4, 6)),
        (4, date(2025, 5, 3), date(2025, 5, 6)),
    ]


def test_what_is_over_by_then_is_not_asked_for():
    rule = 'from: each_infusion, phases: [{at: [10 days, 50 days]}], when: [{fact: hiv, is: "yes"}]'
    facts = [dose(START), answer("hiv", "no", on=START), answer("hiv", "yes", on=day(40))]

    assert [c.occurrence for c in checks(rule, *facts, on=day(40))] == [2]


def test_time_alone_makes_it_begin():
    rule = f"{MONTHLY}, when: [{{on_drug: 24 months}}]"

    found = checks(rule, taken("start", START), until=date(2027, 3, 10))

    assert [str(c.due) for c in found] == ["2027-01-06", "2027-02-06", "2027-03-06"]


def test_nothing_changes_by_time_alone_before_the_next_day_to_look():
    rule = "from: start, phases: [{every: 10 days}], when: [{age: 32 years}, {on_drug: 1 month}]"
    protocol = read_protocol("a.yaml", written(rule, "daily"), protocols.catalogue())
    begun = CourseStarted(
        event=0, on=START, recorded_on=START, protocol="exampline", version="1.0.0", digest="",
        drug="exampline",
    )  # fmt: skip
    folded = timeline(woman(), begun, taken("start", START))
    pinned = {course.start.identity: protocol for course in folded.courses}
    treatment = Treatment(timeline=folded, protocols=pinned)

    looked = START
    while looked < day(150):  # the birthday is on day 86
        found = evaluate(treatment, looked, until=day(400))
        coming = next_look(treatment, found, looked, latest=day(400))
        for on in range(1, (coming - looked).days):
            later = evaluate(treatment, looked + timedelta(on))
            assert [(c.due, c.state) for c in later.checks] == [
                (c.due, c.state) for c in evaluate(treatment, looked).checks
            ]
        looked = coming


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("{is: positive}", "write one of `fact`, `code`, `on_drug` and `age`"),
        (
            "{fact: hiv, code: hcg, is: positive}",
            "write one of `fact`, `code`, `on_drug` and `age`",
        ),
        ('{age: 65 years, is: "yes"}', "leave the rest out"),
        ("{fact: hiv}", "add what it is"),
        ("{fact: hiv, above: 5}", "add what it is"),
        ("{code: platelets}", "add what it is"),
        ("{code: platelets, is: low, below: 50 10*9/L}", "add what it is"),
        ("{fact: hiv, is: perhaps}", "unknown answer 'perhaps'"),
        ("{fact: hivv, is: perhaps}", "unknown fact 'hivv'"),
        ("{code: hcg, is: perhaps}", "'perhaps' is not a word of hcg"),
        ("{code: hcg, above: 5}", "'hcg' is a word, not a number"),
        ("{code: platelets, above: 5 g/L}", "platelets is compared in 10*9/L"),
        ('{any: [{fact: hiv, is: "yes"}, {age: 65 years}], age: 65 years}', "leave the rest out"),
        ('{any: [{fact: hiv, is: "yes"}]}', "write it without `any`"),
        ('{any: [{fact: hiv, is: "yes"}, {fact: hiv, is: "no"}]}', "one of them always holds"),
        ("{any: [{age: 65 years}, {fact: hiv}]}", "add what it is"),
        (
            '{fact: hiv, is: "no"}, {any: [{fact: hiv, is: "yes"}, {fact: hiv, is: "yes"}]}',
            "never holds together",
        ),
        ("{any: [{code: platelets, above: 5 g/L}, {age: 65 years}]}", "is compared in 10*9/L"),
    ],
)
def test_what_could_never_hold_is_refused(condition, words):
    text = written(f"{MONTHLY}, when: [{condition}]", "daily")

    with pytest.raises(ProtocolError, match=re.escape(words)):
        read_protocol("ours.yaml", text, protocols.catalogue())


def test_it_may_stand_beside_one_of_several_that_it_does_not_exclude():
    either = '{any: [{fact: hiv, is: "yes"}, {age: 65 years}]}'
    text = written(f'{MONTHLY}, when: [{{fact: hiv, is: "no"}}, {either}]', "daily")

    (check,) = read_protocol("ours.yaml", text, protocols.catalogue()).checks

    assert check.words(protocols.catalogue())["when"] == (
        "fact hiv, is no; fact hiv, is yes or age 65 years"
    )


def test_the_page_says_the_conditions():
    rule = f"{MONTHLY}, when: [{{code: platelets, below: 50 10*9/L}}, {{on_drug: 24 months}}]"
    (check,) = read_protocol("a.yaml", written(rule, "daily"), protocols.catalogue()).checks

    said = check.words(protocols.catalogue())["when"]

    assert said == "code platelets, below 50 10*9/L; on drug 24 months"


def test_the_words_say_that_a_number_is_beyond_either_end():
    outside = Condition(code="platelets", below=Decimal(50), above=Decimal(400))

    words = outside.in_words("when", None, protocols.catalogue())

    assert words == "code platelets, below 50 10*9/L or above 400 10*9/L"
