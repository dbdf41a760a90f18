"""A course under a protocol of the site: pinned to its text, whatever becomes of the file."""

import json

import pytest

from tests.exampline import TEXT


@pytest.fixture
def course(monitor, write):
    """Start a course under a protocol of the site."""
    path = write()
    assert monitor("patient add P-1 --sex male --born 1990-01-01")[0] == 0
    code, out, _ = monitor("course start P-1 --protocol ours --on 2024-01-10")
    assert code == 0
    assert "started a course under ours on 2024-01-10 for P-1" in out
    return path


def shown(monitor):
    """Give all that is said of the course."""
    questions = ("gate P-1 --on 2024-02-10", "upcoming P-1", "warnings P-1", "explain P-1 age")
    return [monitor(f"{question} --as-of 2024-02-10 --json") for question in questions]


@pytest.mark.parametrize("spoil", ["delete", "damage", "change"])
def test_a_running_course_is_the_same_whatever_becomes_of_the_file(spoil, monitor, course, write):
    before = shown(monitor)
    assert all(code in (0, 1) and err == "" for code, _, err in before)

    if spoil == "delete":
        course.unlink()
    elif spoil == "damage":
        course.write_text("protocol: ours\n", encoding="utf-8")
    else:
        write(version="0.2.0", **{"fresh: 42 days": "fresh: 1 days"})
    assert shown(monitor) == before
    code, _, err = monitor("infusion log P-1 --on 2024-02-01 --dose-mg 20 --bsa-m2 1.8 --confirm")

    assert (code, err) == (0, "")
    assert "20 mg" in monitor("history P-1")[1]
    code, _, err = monitor("correct 2 --on 2024-01-11 --reason 'it was the next day'")
    assert (code, err) == (0, "")
    gate = json.loads(monitor("gate P-1 --on 2024-02-10 --as-of 2024-02-10 --json")[1])
    assert (gate["protocol"], gate["version"]) == ("ours", "0.1.0")
    assert monitor("course end P-1 --protocol ours --on 2024-03-01 --reason over")[0] == 0
    assert monitor("db verify")[0] == 0


def test_a_daily_drug_of_the_site_goes_on_without_its_file(monitor, folder):
    path = folder / "daily.yaml"
    path.write_text(TEXT.replace("protocol: exampline", "protocol: daily-ours"), encoding="utf-8")
    monitor("patient add P-1 --sex male --born 1990-01-01")
    assert monitor("course start P-1 --protocol daily-ours --on 2024-01-10")[0] == 0
    path.unlink()

    code, _, err = monitor("dose start P-1 --on 2024-01-11 --dose-mg 5")

    assert (code, err) == (0, "")


def test_a_text_changed_under_its_version_starts_no_course(monitor, course, write, ask):
    write(**{"fresh: 42 days": "fresh: 41 days"})
    monitor("patient add P-2")
    typed = "course start P-2 --protocol ours --on 2024-01-10"
    said = "ours.yaml: courses are pinned to another text of ours 0.1.0"

    code, out, err = monitor(typed)
    assert (code, out) == (2, "")
    assert said in err
    assert "needs a new version" in err
    assert [said in one["message"] for one in ask("doctor")[1]["checks"] if not one["well"]].count(
        True
    ) == 1
    assert monitor("course move --all --protocol ours --on 2024-02-01 --by N")[0] == 2

    write(version="0.2.0", **{"fresh: 42 days": "fresh: 41 days"})
    assert monitor(typed)[0] == 0
    assert monitor("course move --all --protocol ours --on 2024-02-01 --by N")[0] == 0
    assert ask("gate P-1 --on 2024-02-10 --as-of 2024-02-10")[1]["version"] == "0.2.0"
    assert monitor("db upgrade")[0] == 0
