"""A patient on two protocols: what one test does is shown and reminded once, with both reasons."""

import json

import pytest

from tests.delivery.ward import Ward, patient_lines

# Doxorubicin after mitoxantrone. Heart of the first: yearly from 2023-01-10, so 2024-01-10, open
# from 2023-11-11 to 2024-02-09. Heart of the second: yearly from 2023-01-20, so 2024-01-20, open
# from 2023-11-21 to 2024-02-19.
SECOND = (
    {"course_end": {"on": "2023-01-12", "reason": "another drug"}},
    {"course": {"on": "2023-01-15", "protocol": "doxorubicin-us",
                "facts": {"prior_doxorubicin_mg_m2": "0", "prior_related_converted_mg_m2": "12"}}},
    {"infusion": {"on": "2023-01-20", "dose_mg": "50", "bsa_m2": "1.5"}},
    {"course_end": {"on": "2023-02-01", "reason": "given"}},
)  # fmt: skip


@pytest.fixture
def ward(monitor, tmp_path):
    found = Ward(monitor, tmp_path)
    found.load(patient_lines("P-1", *SECOND))
    return found


def lvef_lines(said: str) -> list[str]:
    return [line for line in said.splitlines() if "lvef" in line]


def test_the_table_shows_one_line_with_both_reasons(ward):
    said = ward.type("upcoming P-1 --as-of 2023-12-01 --until 2024-01-31")

    (line,) = [line for line in lvef_lines(said) if "yearly" in line]
    assert line.split("  ")[0] == "2024-01-10"
    assert "lvef-follow-up (exampline) + lvef-yearly (doxorubicin)" in line
    assert "2023-11-11 to 2024-02-09 + 2023-11-21 to 2024-02-19" in line
    assert "2023-01-10 + 2023-01-20" in line


def test_the_document_keeps_one_entry_a_check(ward):
    found = ward.ask("upcoming P-1 --as-of 2023-12-01 --until 2024-01-31")["checks"]

    rules = [c["rule"] for c in found]
    assert rules.count("lvef-follow-up") == rules.count("lvef-yearly") == 1
    assert not any("drug" in c or "codes" in c for c in found)


def test_the_clinic_shows_the_same_line(ward):
    of_one = ward.type("upcoming P-1 --until 2027-02-28")
    of_all = ward.type("upcoming --until 2027-02-28")

    assert lvef_lines(of_one)
    assert lvef_lines(of_all) == lvef_lines(of_one)


def test_one_reminder_names_both_reasons(ward):
    ward.contact("console:", private=True)
    said = ward.monitor("tick --now 2024-01-12T10:00:00+00:00")[1]

    told = [r for r in ward.outbox() if r["rule"] in ("lvef-follow-up", "lvef-yearly")]
    assert [r["rule"] for r in told] == ["lvef-follow-up"]
    assert (
        "P-1 (born 1993-04-02), exampline: LVEF every year after the last infusion, due 2024-01-10"
        in said
    )
    assert "One test does this too: doxorubicin: LVEF every year, due 2024-01-20." in said
    assert "Why: rule lvef-follow-up 1, counted from infusion" in said
    assert "Why: rule lvef-yearly 1, counted from infusion" in said


def test_it_is_not_told_twice_when_the_second_becomes_due(ward):
    ward.contact("console:", private=True)
    for day in range(10, 28):
        ward.tick(f"2024-01-{day}")

    told = [r for r in ward.outbox() if r["rule"] in ("lvef-follow-up", "lvef-yearly")]
    assert {r["rule"] for r in told} == {"lvef-follow-up"}
    assert len({r["key"] for r in told}) == len(told) == 3  # 10, 17 and 24 January


def test_who_has_seen_it_has_seen_both(ward):
    ward.contact("console:", private=True)
    ward.tick("2024-01-12")
    (first,) = {r["ref"] for r in ward.outbox() if r["rule"] == "lvef-follow-up"}

    ward.type(f"acknowledge {first} --by N --on 2024-01-12")
    for day in range(13, 25):  # quiet until the 19th; both repeat each week from the 10th on
        ward.tick(f"2024-01-{day}")

    told = [r for r in ward.outbox() if r["rule"] in ("lvef-follow-up", "lvef-yearly")]
    assert [r["due_at"][:10] for r in told] == ["2024-01-12", "2024-01-19", "2024-01-24"]
    assert {r["rule"] for r in told} == {"lvef-follow-up"}


def test_one_result_does_both(ward):
    ward.add("P-1", {"result": {"code": "lvef", "value": "60", "unit": "%", "on": "2024-01-15"}})

    done = ward.ask("upcoming P-1 --as-of 2024-01-15 --state done")["checks"]

    assert {"lvef-follow-up", "lvef-yearly"} <= {c["rule"] for c in done}
    assert {json.dumps(c["facts"]) for c in done if c["rule"].startswith("lvef-")} == {
        json.dumps(done[0]["facts"])
    }


def test_a_result_before_the_second_opens_leaves_it_to_be_told(ward):
    # 2023-11-15 is within the window of the first, and before 2023-11-21.
    ward.add("P-1", {"result": {"code": "lvef", "value": "60", "unit": "%", "on": "2023-11-15"}})
    ward.contact("console:", private=True)

    ward.tick("2024-01-21")

    told = {r["rule"] for r in ward.outbox()}
    assert "lvef-yearly" in told
    assert "lvef-follow-up" not in told
