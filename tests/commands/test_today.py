"""The clinic's day: who is in which group, why, and what is never left out; the sheet."""

import json
import re
import stat

import pytest

ON = "--on 2023-04-10 --as-of 2023-04-10"


@pytest.fixture
def day(monitor):
    """Ask for the day; gives the exit code and the document."""

    def asked(typed: str = ON) -> tuple[int, dict]:
        code, out, _ = monitor(f"today {typed} --json")
        return code, json.loads(out)

    return asked


def whose(entries: list[dict]) -> list[str]:
    return [entry["patient"] for entry in entries]


def test_everybody_is_in_the_groups_that_concern_them(clinic, day):
    code, found = day()

    assert code == 0
    names = "on service now planned overdue due unread undated"
    assert list(found) == names.split()
    assert found["on"] == "2023-04-10"
    assert {name: whose(found[name]) for name in ("now", "planned", "overdue", "due")} == {
        "now": ["P-2"],
        "planned": ["P-1", "P-2"],
        "overdue": ["P-2"],  # the nadir count of its infusion was never made
        "due": ["P-1", "P-2"],
    }
    assert found["unread"] == found["undated"] == []


def test_an_entry_says_who_why_and_what_is_left(clinic, day):
    _, found = day()

    booked = found["planned"][0]
    assert list(booked) == (
        ["patient", "name", "born", "rules", "words", "state", "severity", "due", "remaining_mg"]
    )
    assert booked["born"] == "1993-04-02"
    assert booked["name"] is None
    assert (booked["state"], booked["due"]) == ("hold", "2023-04-10")
    assert booked["remaining_mg"] == "224.0"  # 128 mg/m2, by the 1.75 m2 of January
    assert "neutrophils" in booked["rules"]
    assert "neutrophils not met: neutrophils 1499 /uL on 2023-04-09" in " ".join(booked["words"])
    stopped = found["planned"][1]
    assert (stopped["state"], stopped["remaining_mg"]) == ("stop", None)
    urgent = found["now"][0]
    assert (urgent["severity"], urgent["rules"]) == ("urgent", ["low-lvef"])
    assert found["overdue"][0]["due"] == "2023-01-22"
    assert found["overdue"][0]["rules"] == ["cbc-nadir"]


def test_facts_count_up_to_the_day_and_to_the_one_as_of_which_is_asked(clinic, day):
    weak_heart_is_known = "--on 2023-04-10 --as-of 2023-04-05"
    assert whose(day(weak_heart_is_known)[1]["now"]) == ["P-2"]
    for before in ("--on 2023-04-10 --as-of 2023-04-04", "--on 2023-04-04"):
        found = day(before)[1]
        assert found["now"] == []
        assert whose(found["planned"]) == ["P-1", "P-2"]
        assert found["planned"][1]["state"] == "hold"


def test_a_booking_that_was_not_kept_is_still_to_be_done(clinic, day):
    found = day("--on 2023-04-17")[1]

    assert found["planned"] == []
    missed = found["due"][0]
    assert (missed["patient"], missed["due"], missed["state"]) == ("P-1", "2023-04-10", "open")
    assert "next-infusion" in missed["rules"]


def test_who_cannot_be_read_stands_first_and_hides_nobody(clinic, spoil, monitor, day):
    spoil("P-2")

    code, found = day()
    assert code == 1
    assert whose(found["unknown"]) == ["P-2"]
    assert whose(found["planned"]) == ["P-1"]
    assert "P-2" in " ".join(one["message"] for one in found["service"])
    lines = monitor(f"today {ON}")[1].splitlines()
    assert lines[1].startswith("NOT KNOWN")
    assert "P-2" in lines[1]


def test_a_course_that_waits_for_a_person_has_no_day(monitor, day):
    monitor("patient add P-7 --born 1990-01-01")
    monitor("course start P-7 --protocol example --on 2023-03-01")

    waiting = day()[1]["undated"]
    assert (whose(waiting), waiting[0]["state"], waiting[0]["due"]) == (["P-7"], "running", None)
    monitor("infusion plan P-7 --on 2023-05-20")
    assert day()[1]["undated"] == []


def test_overdue_is_listed_longest_first_and_by_its_earliest(monitor, day):
    for who, given in (("P-5", "2022-06-10"), ("P-4", "2022-03-10")):
        monitor(f"patient add {who} --born 1990-01-01")
        monitor(f"course start {who} --protocol example --on 2022-01-01")
        monitor(f"infusion log {who} --on {given} --dose-mg 20 --bsa-unknown")

    late = day()[1]["overdue"]

    assert [(one["patient"], one["due"]) for one in late] == [
        ("P-4", "2022-03-20"),
        ("P-5", "2022-06-20"),
    ]
    # three months after the 10th of March, and each three months since: 2022-06, -09, -12, 2023-03
    assert "cbc-follow-up overdue, due 2022-06-10, and 3 since" in late[0]["words"]


def test_seen_is_said_and_nothing_leaves_the_list(clinic, monitor, day):
    key = json.loads(monitor("warnings P-2 --as-of 2023-04-10 --json")[1])["warnings"][0]["key"]
    monitor(f"acknowledge {key} --by 'Nurse A' --on 2023-04-09")

    urgent = day()[1]["now"][0]

    assert urgent["state"] == "seen"
    assert urgent["words"][0].endswith("Seen by Nurse A on 2023-04-09.")
    assert day("--on 2023-04-08")[1]["now"][0]["state"] == "not seen"


def test_a_paused_course_says_why_its_booking_is_held(clinic, monitor, day):
    monitor("course pause P-1 --on 2023-04-01")

    booked = day()[1]["planned"][0]
    assert (booked["patient"], booked["state"]) == ("P-1", "hold")
    row = next(line for line in monitor(f"today {ON}")[1].splitlines() if "  P-1 " in line)
    assert "today HOLD, 224.0 mg left: " in row
    assert "paused" in row


def test_a_symptom_corrected_after_it_was_seen_is_not_seen(clinic, monitor, day):
    key = json.loads(monitor("warnings P-2 --as-of 2023-04-10 --json")[1])["warnings"][0]["key"]
    monitor(f"acknowledge {key} --by 'Nurse A' --on 2023-04-09")
    event = json.loads(monitor("warnings P-2 --rule low-lvef --json")[1])["warnings"][0]["facts"]
    monitor(f"correct {event[0]['event']} --value 41 --reason typo --confirm")

    assert day()[1]["now"][0]["state"] == "not seen"


def test_what_is_left_is_said_to_be_unknown_where_it_is(clinic, monitor):
    rows = {line.split()[0]: line for line in monitor(f"today {ON}")[1].splitlines()}

    assert "today HOLD, 224.0 mg left: not met neutrophils; unknown " in rows["P-1"]
    assert "today STOP: not met lvef; unknown " in rows["P-2"]
    assert "; mg left unknown" in rows["P-2"]
    assert "BOOKED, to give within 7 days: 1; draft protocol, not clinically reviewed" in (
        monitor(f"today {ON}")[1].splitlines()
    )


def test_of_how_many_nothing_is_listed_is_said(clinic, monitor):
    monitor("patient add P-8 --born 1990-01-01")
    monitor("patient close P-8 --reason died --by x --on 2023-04-01")

    assert "1 other: nothing for 14 days; 1 closed" in monitor(f"today {ON}")[1]
    assert monitor("today --on 2023-04-10 --db absent.db")[1].endswith("no patient in the record\n")


def test_what_is_wrong_with_the_service_is_said(clinic, monitor, day):
    monitor("contact add P-1 --role nurse --name A --channel console:")

    assert "beat" in [one["name"] for one in day()[1]["service"]]
    assert "SERVICE: not well" in monitor(f"today {ON}")[1]


def test_a_caution_says_why_as_it_may_go_ahead(clinic, monitor):
    monitor("patient add P-6 --sex male --born 1990-01-01")
    monitor("course start P-6 --protocol example --on 2023-04-01 --fact cardiac_disease=yes")
    for fact in [
        "prior_anthracycline=no",
        "mediastinal_radiotherapy=no",
        "cardiotoxic_drug=no",
        "hypersensitivity=no",
        "breast_feeding=no",
        "hepatic_impairment=no",
        "prior_mitoxantrone_mg_m2=0",
    ]:
        monitor(f"fact set P-6 {fact} --on 2023-04-01")
    for result in (
        "lvef 62 %", "ecg normal", "cardiac_exam normal", "neutrophils 3 10*9/L", "hcg negative",
        "platelets 250 10*9/L", "liver_tests normal", "urinalysis normal", "weight 70 kg",
        "height 170 cm",
    ):  # fmt: skip
        monitor(f"result log P-6 {result} --on 2023-04-08")
    monitor("infusion plan P-6 --on 2023-04-10")

    row = next(line for line in monitor(f"today {ON}")[1].splitlines() if "P-6" in line)
    assert "today CAUTION" in row
    assert "cardiac-risk caution: heart disease: yes on 2023-04-01" in row
    row = next(line for line in monitor(f"gate {ON}")[1].splitlines() if "P-6" in line)
    assert "cardiac-risk caution: heart disease: yes on 2023-04-01" in row


class TestTheSheet:
    def test_it_is_one_file_for_its_owner_with_nothing_to_run(self, clinic, monitor, tmp_path):
        sheet = tmp_path / "today.html"
        monitor("""patient change P-1 --name '<script>"Ann" & Bo</script>' --on 2023-04-01""")

        code, out, err = monitor(f"today {ON} --html {sheet}")

        assert (code, out) == (0, "")
        assert f"wrote the sheet of 2023-04-10 to {sheet}" in err
        assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
        text = sheet.read_text(encoding="utf-8")
        assert "&lt;script&gt;&quot;Ann&quot; &amp; Bo" in text
        assert not re.search(r"<script|<link|<img|src=|url\(|http", text)
        assert re.findall(r'<section id="(\w+)">', text) == (
            ["service", "now", "planned", "overdue", "due", "unread", "undated"]
        )
        assert 'data-patient="P-2" data-rule="low-lvef' in text
        assert "born 02-Apr-1993" in text

    def test_an_existing_file_is_refused(self, clinic, monitor, tmp_path):
        sheet = tmp_path / "today.html"
        sheet.write_text("mine")

        code, _, err = monitor(f"today {ON} --html {sheet}")

        assert code == 2
        assert "exists already; name a new file" in err
        assert sheet.read_text() == "mine"

    def test_a_folder_that_is_not_there_is_said(self, clinic, monitor, tmp_path):
        code, _, err = monitor(f"today {ON} --html {tmp_path}/nowhere/today.html")

        assert code == 3
        assert "cannot write" in err
