"""What one test does for several drugs: grouped where it truly does all, and nowhere else."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.checks import Test, bundle
from tests.domain.reminders.past import check
from tests.facts import after, checks, infusion, ready

DAY = date(2024, 5, 1)
BLOOD = ("neutrophils", "platelets")


def wanted(
    drug: str, rule: str = "blood", *, codes=BLOOD, first: int = 0, last: int = 10, patient="P"
) -> Test:
    opens, last_day = DAY + timedelta(first), DAY + timedelta(last)
    asked = check(drug=drug, rule=rule, codes=frozenset(codes), opens=opens, overdue_after=last_day)
    return patient, asked, DAY


def test_the_same_test_of_two_drugs_in_overlapping_windows_is_one():
    assert bundle([wanted("one"), wanted("two", first=10, last=20)]) == [[0, 1]]


def test_windows_that_share_no_day_stay_apart():
    assert bundle([wanted("one"), wanted("two", first=11, last=20)]) == [[0], [1]]


def test_other_tests_other_patients_and_what_is_no_test_stay_apart():
    found = bundle(
        [
            wanted("one"),
            wanted("two", codes=["lvef"]),
            wanted("two", patient="Q"),
            wanted("three", codes=[]),
            wanted("four", codes=[]),
        ]
    )

    assert found == [[0], [1], [2], [3], [4]]


def test_a_wider_test_does_the_narrower_ones():
    whole = wanted("one", codes=[*BLOOD, "lymphocytes"])
    parts = [wanted("two", code, codes=[code]) for code in BLOOD]

    assert bundle([parts[0], whole, parts[1]]) == [[0, 1, 2]]


def test_tests_that_only_share_a_part_stay_apart():
    assert bundle([wanted("one"), wanted("two", codes=["platelets", "lvef"])]) == [[0], [1]]


def test_within_one_drug_nothing_is_grouped():
    assert bundle([wanted("one"), wanted("one", "blood-now")]) == [[0], [1]]


def test_two_occurrences_of_a_rule_are_never_done_at_once():
    yearly = wanted("one", last=60)
    monthly = [wanted("two", first=0, last=20), wanted("two", first=30, last=50)]

    assert bundle([yearly, *monthly]) == [[0, 1], [2]]


def test_all_of_a_group_share_a_day():
    found = bundle(
        [wanted("one", last=10), wanted("two", first=5, last=20), wanted("three", first=11)]
    )

    assert found == [[0, 1], [2]]


def test_what_is_overdue_can_be_done_today_and_not_later():
    facts = [*ready(), infusion()]
    (overdue,) = [c for c in checks(*facts, on=after(30)) if c.rule == "cbc-nadir"]

    assert (overdue.opens, overdue.last_day(after(30))) == (after(7), after(30))
    assert overdue.codes == frozenset(BLOOD)


@given(
    st.lists(
        st.builds(
            wanted,
            st.sampled_from(["one", "two", "three"]),
            st.sampled_from(["a", "b"]),
            codes=st.sets(st.sampled_from("xyz")),
            first=st.integers(0, 10),
            last=st.integers(5, 20),
        ),
        max_size=8,
    )
)
def test_nothing_is_lost_or_shown_twice(tests):
    groups = bundle(tests)

    assert sorted(n for group in groups for n in group) == list(range(len(tests)))
    for group in groups:
        members = [tests[n][1] for n in group]
        shared = min(m.overdue_after for m in members)
        assert max(m.opens for m in members) <= shared or len(group) == 1
        assert len({(m.drug, m.rule) for m in members}) == len(group)
