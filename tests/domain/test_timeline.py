"""Facts folded: what counts on a day, and which of two that disagree."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest

from monitor.domain.facts import CLASSES, Acknowledgement, Event, Kind, order, registered
from monitor.domain.rule import AppliesTo
from tests import example
from tests.facts import (
    DRUG,
    FIRST,
    after,
    answer,
    closed,
    ended,
    infusion,
    man,
    numbered,
    paused,
    planned,
    reopened,
    result,
    resumed,
    started,
    step,
    symptom,
    timeline,
    view,
    waiver,
    woman,
)

LATER = after(30)


def values(*facts, code: str, on: date = LATER) -> list[object]:
    return [found.value for found in view(*facts, on=on).series(code)]


# ── results ──


def test_the_results_of_a_code_come_oldest_first_in_whatever_order_they_arrived():
    facts = [result("lvef", v, on=after(n)) for v, n in (("60", 9), ("62", -5), ("61", 3))]

    assert values(*facts, code="lvef") == [62, 61, 60]


def test_results_of_another_code_do_not_count():
    facts = [result("alt", "20", on=FIRST), result("ast", "25", on=FIRST)]

    assert values(*facts, code="alt") == [20]
    assert values(*facts, code="lvef") == []


@pytest.mark.parametrize(("on", "expected"), [(after(2), []), (after(3), [60]), (after(4), [60])])
def test_a_result_counts_from_its_own_day_on(on, expected):
    assert values(result("lvef", "60", on=after(3)), code="lvef", on=on) == expected


@pytest.mark.parametrize("status", ["preliminary", "unsuitable"])
def test_only_final_and_corrected_results_count(status):
    facts = [
        result("lvef", "60", on=after(0)),
        result("lvef", "30", on=after(1), status=status),
        result("lvef", "61", on=after(2), status="corrected"),
    ]

    assert values(*facts, code="lvef") == [60, 61]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    ("code", "better", "worse"),
    [
        ("neutrophils", "3.0", "1.2"),
        ("lvef", "60", "48"),
        ("haemoglobin", "130", "90"),
        ("alt", "20", "90"),
        ("bilirubin", "10", "40"),
        ("temperature", "36.8", "38.4"),
        ("ecg", "normal", "abnormal"),
        ("hcg", "negative", "positive"),
        ("hcg", "negative", "indeterminate"),
        ("hcg", "indeterminate", "positive"),
        ("blasts", "absent", "present"),
        ("urinalysis", "normal", "infection"),
    ],
)
def test_of_two_values_of_one_day_the_worse_counts_whichever_came_first(code, better, worse, first):
    two = [result(code, better, on=FIRST), result(code, worse, on=FIRST)]
    if first == 1:
        two.reverse()

    (found,) = values(*two, code=code)

    assert str(found) == worse


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_values_of_one_day_the_corrected_counts_though_it_is_better(first):
    two = [
        result("neutrophils", "0.4", on=FIRST),
        result("neutrophils", "3.0", on=FIRST, status="corrected"),
    ]
    if first == 1:
        two.reverse()

    assert values(*two, code="neutrophils") == [Decimal("3.0")]


def test_of_several_corrected_values_of_one_day_the_one_recorded_last_counts():
    facts = [
        result("neutrophils", "0.4", on=FIRST),
        result("neutrophils", "1.6", on=FIRST, status="corrected"),
        result("neutrophils", "1.4", on=FIRST, status="corrected"),
        result("neutrophils", "1.5", on=FIRST, status="corrected"),
    ]

    assert values(*facts, code="neutrophils") == [Decimal("1.5")]


def test_a_preliminary_value_of_the_same_day_is_not_weighed_at_all():
    facts = [
        result("neutrophils", "3.0", on=FIRST),
        result("neutrophils", "0.2", on=FIRST, status="preliminary"),
    ]

    assert values(*facts, code="neutrophils") == [Decimal("3.0")]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    ("code", "inside", "beyond"),
    [
        ("alt", ("50", {"uln": "60"}), ("45", {"uln": "40"})),
        ("lvef", ("52", {"lln": "50"}), ("54", {"lln": "55"})),
    ],
)
def test_a_value_beyond_its_own_limit_makes_the_worse_one_beyond_it_too(
    code, inside, beyond, first
):
    two = [result(code, value, on=FIRST, **limits) for value, limits in (inside, beyond)]
    if first == 1:
        two.reverse()

    (counts,) = view(*two).series(code)

    assert counts.value == Decimal(inside[0])
    assert {"uln": counts.uln, "lln": counts.lln}.items() >= {
        name: Decimal(limit) for name, limit in beyond[1].items()
    }.items()


def test_of_two_equal_values_the_one_recorded_last_counts():
    facts = [result("lvef", "60", on=FIRST), result("lvef", "60", on=FIRST)]

    (found,) = view(*facts).series("lvef")

    assert found.event == 2


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(0, 2, [60, 61, 62]), (1, 1, [61]), (1, 9, [61, 62]), (3, 9, []), (2, 1, [])],
)
def test_results_between_two_days_include_both(first, last, expected):
    looked = view(*(result("lvef", str(60 + n), on=after(n)) for n in range(3)), on=after(30))

    found = looked.between("lvef", after(first), after(last))

    assert [one.value for one in found] == expected


def test_results_between_two_days_end_with_the_day_of_the_view():
    looked = view(*(result("lvef", str(60 + n), on=after(n)) for n in range(3)), on=after(1))

    assert [one.value for one in looked.between("lvef", date.min, date.max)] == [60, 61]
    assert list(looked.between("alt", date.min, date.max)) == []


def test_the_newest_result_is_the_last_of_the_series_or_nothing():
    looked = view(result("lvef", "60", on=after(0)), result("lvef", "61", on=after(1)), on=after(1))

    newest = looked.newest("lvef")

    assert newest is not None
    assert newest.value == 61
    assert looked.newest("ecg") is None


# ── answers ──


def test_the_newest_answer_up_to_the_day_counts():
    facts = [
        answer("cardiac_disease", "no", on=after(-9)),
        answer("cardiac_disease", "yes", on=after(-3)),
        answer("cardiac_disease", "no", on=after(5)),
    ]

    said = [view(*facts, on=after(n)).answer("cardiac_disease") for n in (-10, -9, -4, -3, 5)]

    assert [None if a is None else a.value for a in said] == [None, "no", "no", "yes", "no"]


def test_a_later_unknown_does_not_take_back_a_yes():
    looked = view(
        answer("hypersensitivity", "yes", on=after(-9)),
        answer("hypersensitivity", "unknown", on=after(-3)),
    )

    newest, known = looked.answer("hypersensitivity"), looked.known_answer("hypersensitivity")

    assert newest is not None
    assert known is not None
    assert (newest.value, known.value) == ("unknown", "yes")


def test_a_known_answer_of_tomorrow_is_not_known_today():
    looked = view(answer("hypersensitivity", "unknown", on=FIRST), on=FIRST)
    tomorrow = view(answer("hypersensitivity", "yes", on=after(1)), on=FIRST)

    assert looked.known_answer("hypersensitivity") is None
    assert tomorrow.known_answer("hypersensitivity") is None


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    ("fact", "overruled", "counts"),
    [
        ("cardiac_disease", "no", "yes"),
        ("cardiac_disease", "unknown", "yes"),
        ("cardiac_disease", "no", "unknown"),
        ("treatment_agreement", "yes", "no"),
        ("treatment_agreement", "unknown", "no"),
        ("treatment_agreement", "yes", "unknown"),
        ("ms_type", "secondary_progressive", "primary_progressive"),
        ("prior_mitoxantrone_mg_m2", "9", "36"),
        ("prior_mitoxantrone_mg_m2", "36", "100"),
    ],
)
def test_of_two_answers_of_one_day_the_one_that_speaks_against_counts(
    fact, overruled, counts, first
):
    two = [answer(fact, overruled, on=FIRST), answer(fact, counts, on=FIRST)]
    if first == 1:
        two.reverse()

    said = view(*two).answer(fact)

    assert said is not None
    assert said.value == counts


def test_of_two_answers_of_one_day_that_both_say_nothing_against_the_last_counts():
    said = view(
        answer("alternatives", "first reason", on=FIRST),
        answer("alternatives", "second reason", on=FIRST),
    ).answer("alternatives")

    assert said is not None
    assert said.value == "second reason"


# ── order within a day ──


def test_facts_of_one_day_count_in_the_order_of_the_contract():
    facts = numbered(
        [
            closed(on=FIRST),
            waiver("ecg", on=FIRST, anchor=1),
            infusion(on=FIRST),
            planned(on=FIRST),
            symptom("fever", on=FIRST),
            result("lvef", "60", on=FIRST),
            answer("alternatives", "none", on=FIRST),
            started(on=FIRST),
            woman(on=FIRST),
        ]
    )

    names = [type(fact).__name__ for fact in sorted(facts, key=order)]

    assert names == [
        "PatientDescribed",
        "CourseStarted",
        "Answer",
        "Result",
        "Symptom",
        "InfusionPlanned",
        "Infusion",
        "Waiver",
        "PatientClosed",
    ]


def test_the_day_counts_before_the_kind_and_the_kind_before_the_number():
    facts = numbered(
        [infusion(on=FIRST), result("lvef", "60", on=after(1)), result("alt", "20", on=FIRST)]
    )

    assert [fact.event for fact in sorted(facts, key=order)] == [3, 1, 2]


def test_two_infusions_of_one_day_are_two_in_the_order_of_recording():
    looked = view(infusion("10", on=FIRST), infusion("8", on=FIRST))

    assert [given.mg for given in looked.infusions] == [10, 8]
    assert looked.last_infusion is looked.infusions[1]


# ── infusions, drugs, plans ──


def test_an_infusion_counts_from_its_own_day_on_and_one_of_another_drug_never():
    facts = [infusion(on=after(0)), infusion(on=after(90)), infusion(on=after(1), drug="other")]

    assert [len(view(*facts, on=after(n)).infusions) for n in (-1, 0, 89, 90)] == [0, 1, 1, 2]


def booked(*facts, on: date, used_up_within: int = 14) -> date | None:
    plan = view(*facts, on=on).plan(used_up_within)
    return None if plan is None else plan.on


def test_a_plan_is_seen_on_every_day_before_it():
    facts = [planned(on=after(30))]

    assert [booked(*facts, on=after(n)) for n in (-400, 0, 29, 30)] == [after(30)] * 4


@pytest.mark.parametrize(
    ("given_on", "stands"), [(15, True), (16, False), (30, False), (400, False)]
)
def test_an_infusion_from_14_days_before_on_uses_a_plan_up(given_on, stands):
    facts = [planned(on=after(30)), infusion(on=after(given_on))]

    assert (booked(*facts, on=after(given_on)) is not None) is stands


def test_an_infusion_of_later_does_not_use_a_plan_up_before_its_day():
    facts = [planned(on=after(30)), infusion(on=after(30))]

    assert booked(*facts, on=after(29)) == after(30)


def test_the_plan_recorded_last_counts_though_its_day_is_earlier():
    facts = [planned(on=after(60)), planned(on=after(30))]

    assert booked(*facts, on=after(0)) == after(30)


def test_a_used_up_plan_leaves_the_older_one_that_is_still_ahead():
    facts = [planned(on=after(60)), planned(on=after(30)), infusion(on=after(28))]

    assert booked(*facts, on=after(28)) == after(60)


def test_without_a_plan_nothing_is_booked():
    assert booked(infusion(), on=after(1)) is None


# ── symptoms ──


def test_symptoms_are_found_by_their_group_and_both_days_count():
    looked = view(
        symptom("cough", on=after(1)),
        symptom("bleeding", on=after(2)),
        symptom("fever", on=after(3)),
        symptom("chills", on=after(4)),
        on=after(3),
    )

    assert [s.code for s in looked.symptoms("infection")] == ["cough", "fever"]
    assert [s.code for s in looked.symptoms("infection", after(2), after(9))] == ["fever"]
    assert [s.code for s in looked.symptoms("infection", after(1), after(2))] == ["cough"]
    assert looked.symptoms("cardiac") == []


# ── courses ──


def test_a_course_runs_from_its_first_day_to_the_day_before_its_end():
    folded = timeline(started(on=after(0)), ended(on=after(10)))

    (course,) = folded.courses

    assert [course.running(after(n)) for n in (-1, 0, 9, 10, 11)] == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert course.ended(after(9)) is None
    assert course.ended(after(10)) is not None


@pytest.mark.parametrize("interruption", [paused(on=after(30)), resumed(on=after(30))])
def test_a_course_that_has_ended_stays_so_whatever_was_recorded_of_a_later_day(interruption):
    facts = [started(on=after(0)), interruption, ended(on=after(10))]

    (course,) = timeline(*facts).courses

    assert [course.running(after(n)) for n in (9, 10, 20, 30, 40)] == [
        True, False, False, False, False,
    ]  # fmt: skip


def test_a_course_without_changes_has_neither_ended_nor_paused():
    (course,) = timeline(started()).courses

    assert (course.ended(after(999)), course.paused(after(999))) == (None, None)


def test_a_pause_lasts_until_the_course_is_resumed_and_may_come_again():
    folded = timeline(
        started(on=after(0)),
        paused(on=after(10)),
        resumed(on=after(20)),
        paused(on=after(30)),
    )

    (course,) = folded.courses
    since = [course.paused(after(n)) for n in (9, 10, 19, 20, 29, 30)]

    assert [None if pause is None else pause.on for pause in since] == [
        None, after(10), after(10), None, None, after(30),
    ]  # fmt: skip
    assert course.running(after(15))


def test_the_newest_course_begun_by_a_day_is_the_one_that_counts():
    folded = timeline(
        started("us", on=after(0)),
        ended(on=after(10)),
        started("eu", on=after(20)),
        paused(on=after(30)),
    )

    days = (-1, 0, 19, 20)
    found = [folded.course_on(after(n)) for n in days]
    first, second = folded.courses

    assert found == [None, first, first, second]
    assert first.paused(after(40)) is None
    assert second.paused(after(40)) is not None


def test_an_infusion_belongs_to_the_course_of_its_day_and_an_older_one_to_the_first():
    before, during = infusion(on=after(-50)), infusion(on=after(25))
    folded = timeline(started("us", on=after(0)), started("eu", on=after(20)), before, during)

    belongs = [folded.course_of(given) for given in folded.infusions]

    assert belongs == folded.courses


def test_an_infusion_of_a_patient_without_courses_belongs_to_none():
    folded = timeline(infusion())

    assert folded.course_of(folded.infusions[0]) is None


def test_what_changes_a_course_of_another_drug_changes_nothing_here():
    folded = timeline(started(), ended(on=after(1)))
    other = type(folded)(
        "P",
        [folded.courses[0].start, *folded.courses[0].changes],
        drug="another",
        catalogue=folded.catalogue,
    )

    assert other.courses == []


def test_the_coming_infusion_is_anchored_at_the_last_one_else_at_the_course():
    facts = [started(on=after(-7)), infusion(on=after(0))]

    anchors = [view(*facts, on=after(n)).anchor for n in (-8, -7, -1, 0)]

    assert [None if a is None else a.event for a in anchors] == [None, 1, 1, 2]


# ── the patient ──


def test_what_was_learned_later_holds_from_its_day_and_silence_takes_nothing_back():
    change = woman(on=after(10), sex=None, born=None, can_conceive=False, timezone="Europe/London")
    folded = timeline(woman(), change)

    early, late = folded.patient_on(after(9)), folded.patient_on(after(10))

    assert (early.sex, early.born, early.can_conceive, early.timezone) == (
        "female", date(1993, 4, 2), True, None,
    )  # fmt: skip
    assert (late.sex, late.born, late.can_conceive, late.timezone) == (
        "female", date(1993, 4, 2), False, "Europe/London",
    )  # fmt: skip


def test_a_patient_is_closed_from_that_day_until_reopened():
    folded = timeline(woman(), closed(on=after(10)), reopened(on=after(20)))

    found = [folded.closed(after(n)) for n in (9, 10, 19, 20)]

    assert [None if c is None else c.on for c in found] == [None, after(10), after(10), None]


@pytest.mark.parametrize(
    ("patient", "able", "not_men", "fertile"),
    [
        (woman(can_conceive=True), True, True, True),
        (woman(can_conceive=False), False, True, False),
        (woman(can_conceive=None), True, True, True),
        (woman(sex=None, can_conceive=None), True, True, True),
        (woman(sex=None, can_conceive=False), False, True, True),
        (man(), False, False, True),
        (woman(sex="male", can_conceive=True), True, False, True),
        (woman(sex="male", can_conceive=False), False, False, True),
    ],
)
def test_what_is_not_recorded_of_a_patient_counts_toward_watching(patient, able, not_men, fertile):
    known = view(patient).patient

    assert AppliesTo.ABLE_TO_CONCEIVE.is_for(known) is able
    assert AppliesTo.NOT_MEN.is_for(known) is not_men
    assert AppliesTo.FERTILE.is_for(known) is fertile
    assert AppliesTo.EVERYONE.is_for(known) is True


# ── the words for a fact ──


def acknowledged(*, note: str | None) -> Acknowledgement:
    given = {"rule": "ecg", "drug": DRUG, "occurrence": 2, "anchor": 1, "note": note}
    return Acknowledgement(event=0, on=FIRST, recorded_on=FIRST, by="Nurse B", **given)


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        (result("neutrophils", "3.2", on=FIRST), "neutrophils 3.2 10*9/L"),
        (result("lvef", "60", on=FIRST, status="corrected"), "lvef 60 % (corrected)"),
        (result("ecg", "normal", on=FIRST), "ecg normal"),
        (infusion("20.8", bsa="26/15"), "infusion of 20.8 mg (BSA 1.7333 m2)"),
        (infusion("20", bsa=None), "infusion of 20 mg (BSA not recorded)"),
        (step("start", on=FIRST, mg="12.5"), "daily dose: start 12.5 mg a day"),
        (step("stop", on=FIRST, reason="fever"), "daily dose: stop: fever"),
        (symptom("sore_throat", on=FIRST), "sore_throat"),
        (answer("cardiac_disease", "unknown"), "cardiac_disease unknown"),
        (started(), f"course under example {example.protocol().version}"),
        (paused(on=FIRST), "course paused"),
        (resumed(on=FIRST), "course resumed"),
        (ended(on=FIRST), "course ended: no further effect"),
        (planned(on=FIRST), f"next infusion booked for {FIRST}"),
        (
            woman(timezone="Europe/London", name="Jo"),
            "patient: sex female, born 1993-04-02, zone Europe/London, can conceive yes",
        ),
        (woman(sex=None, born=None, can_conceive=False), "patient: can conceive no"),
        (woman(sex=None, born=None, can_conceive=None), "patient registered"),
        (woman(sex=None, born=None, can_conceive=None, name="Jo"), "patient: name recorded"),
        (woman(sex=None, born=None, language="fr"), "patient: language fr, can conceive yes"),
        (closed(on=FIRST), "patient closed: transferred"),
        (reopened(on=FIRST), "patient reopened"),
        (waiver("ecg", on=FIRST, occurrence=2, anchor=1), "ecg 2 waived by Dr A: decided"),
        (acknowledged(note=None), "ecg 2 acknowledged by Nurse B"),
        (acknowledged(note="rang the ward"), "ecg 2 acknowledged by Nurse B: rang the ward"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_kind_of_fact_says_what_it_says(fact, told):
    assert str(fact) == told


def test_every_kind_has_its_class_but_those_that_only_change_which_facts_count_and_who_is_told():
    assert {*Kind} - {*CLASSES} == {Kind.RETRACTION, Kind.CONTACT, Kind.CONTACT_REMOVED}


def test_a_kind_without_a_class_does_not_load():
    others = {kind: cls for kind, cls in CLASSES.items() if kind is not Kind.RESULT}

    with pytest.raises(TypeError, match="no rule can see result: name the class in CLASSES"):
        registered(others)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wordless(Event):
    rank = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class _WithoutPlace(Event):
    def __str__(self) -> str:
        return "something"


class _Undecorated(Event):
    rank = 2
    dose: str

    def __str__(self) -> str:
        return "something"


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        (_Wordless, "__str__"),
        (_WithoutPlace, "rank"),
        (_Undecorated, "@dataclass"),
        (Event, "rank, __str__"),
    ],
)
def test_a_kind_that_leaves_something_out_does_not_load(kind, missing):
    with pytest.raises(TypeError, match=f"fact {kind.__name__} does not say: {missing}"):
        registered({Kind.FACT: kind})


def test_of_two_equal_values_of_a_day_the_one_without_a_limit_counts():
    known, bare = (result("alt", "30", on=FIRST, uln=uln) for uln in ("40", None))

    for facts in ([known, bare], [bare, known]):
        newest = view(*facts, on=LATER).newest("alt")
        assert newest is not None
        assert newest.uln is None


@pytest.mark.parametrize(
    ("code", "limits"),
    [("alt", {"values": ("40", "45"), "uln": ("40", "50")}),
     ("platelets", {"values": ("150", "140"), "lln": ("150", "130")})],
)  # fmt: skip
def test_exactly_at_its_own_limit_a_value_is_not_beyond_it(code, limits):
    name = "uln" if "uln" in limits else "lln"
    at, worse = (
        result(code, value, on=FIRST, **{name: limit})
        for value, limit in zip(limits["values"], limits[name], strict=True)
    )

    newest = view(at, worse, on=LATER).newest(code)

    assert newest is not None
    assert newest.value == Decimal(limits["values"][1])


def test_a_pause_and_an_end_belong_to_the_course_that_they_come_after():
    first, second = started("us", on=after(0)), started("eu", on=after(200))
    over = replace(ended(on=after(150)), course=1)
    late_pause = replace(paused(on=after(210)), course=1)
    late_end = replace(ended(on=after(210)), course=1)

    one, two = timeline(first, over, second, late_pause).courses
    assert one.paused(after(220)) is None
    assert two.paused(after(220)) is not None

    one, two = timeline(first, second, late_end).courses  # the first was never ended before
    assert one.ended(after(220)) is not None
    assert two.ended(after(220)) is None


def test_a_patient_is_known_by_the_id_of_the_record():
    assert view(woman()).patient.id == "P"
