"""A site's own protocols: found by name beside those that ship, pinned, and named where wrong."""

import json
import os

import pytest

from tests import example


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


def test_a_protocol_of_the_site_is_listed_as_its_own_and_found_by_name(monitor, write, ask):
    write()

    listed = {p["name"]: p.get("site", False) for p in ask("protocol list")[1]["protocols"]}
    assert listed["ours"] is True
    assert not any(is_own for name, is_own in listed.items() if name != "ours")
    lines = monitor("protocol list")[1].splitlines()
    assert [line.split()[:3] for line in lines if "ours" in line] == [["ours", "0.1.0", "site"]]
    assert all(" shipped " in line for line in lines[1:] if "ours" not in line)
    assert ask("protocol show ours")[1]["name"] == "ours"
    assert monitor("protocol diff ours example")[0] == 0
    assert (
        monitor("protocol simulate ours --start 2025-01-10 --infusions 2 --every '1 month'")[0] == 0
    )


def test_without_protocols_of_the_site_the_list_is_as_it_was(monitor, ask, folder):
    assert monitor("protocol list")[1].split("\n")[0].split() == [
        "protocol", "version", "status", "title",
    ]  # fmt: skip
    assert ask("protocol list")[1]["faults"] == []


def test_a_brand_or_drug_that_the_site_has_too_must_be_told_apart(monitor, write):
    write()
    monitor("patient add P-1")

    code, _, err = monitor(f"course start P-1 --protocol {example.DRUG} --on 2024-01-10")

    assert code == 2
    assert "names several protocols; choose example, ours" in err


def test_a_file_with_a_mistake_is_named_wherever_protocols_are_listed_and_hides_no_other(
    monitor, write, folder
):
    write()
    (folder / "bad.yaml").write_text("protocol: bad\nversion: 1\n", encoding="utf-8")
    monitor("patient add P-1")

    code, out, err = monitor("protocol list")
    assert code == 1
    assert "\nours " in out
    assert "bad.yaml: " in err
    assert f"monitor protocol check {folder}/bad.yaml" in err
    document = json.loads(monitor("protocol list --json")[1])
    assert [one["name"] for one in document["protocols"] if one["site"]] == ["ours"]
    assert "bad.yaml: " in document["faults"][0]
    for typed in (
        "protocol show nothing",
        "course start P-1 --protocol nothing --on 2024-01-10",
        "course start P-1 --protocol bad --on 2024-01-10",
        "protocol show bad",
    ):
        code, _, err = monitor(typed)
        assert code == 2, typed
        assert "bad.yaml: " in err, typed
        assert err.count("\n") <= 2, typed
    assert monitor("course start P-1 --protocol ours --on 2024-01-10")[0] == 0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda at: at.write_bytes(b"\xff\xfe"), "not UTF-8"),
        (lambda at: at.mkdir(), "cannot be read"),
        (lambda at: os.mkfifo(at), "no regular file"),
        (lambda at: at.symlink_to(at.parent / "gone"), "cannot be read: No such file"),
        (lambda at: at.write_text(""), "the file is empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(make, said, monitor, folder):
    make(folder / "odd.yaml")

    code, _, err = monitor("protocol list")

    assert code == 1
    assert "odd.yaml" in err
    assert said in err


def test_a_file_under_another_ending_is_named(monitor, write):
    write(file="ours.yml")

    code, out, err = monitor("protocol list")
    assert code == 1
    assert "ours.yml: only *.yaml is read: name it ours.yaml" in err
    assert "ours" not in out


def test_a_folder_that_is_not_there_is_named(monitor, tmp_path, monkeypatch):
    monkeypatch.setenv("MONITOR_PROTOCOLS", str(tmp_path / "gone"))

    code, _, err = monitor("protocol list")
    assert code == 1
    assert err == f"monitor: the folder of site protocols {tmp_path}/gone is not there\n"


def test_a_shipped_name_with_other_text_is_refused_and_the_shipped_one_counts(monitor, write, ask):
    known = example.protocol()
    path = write(name=known.name, version=known.version, **{"fresh: 42 days": "fresh: 41 days"})

    code, out, err = monitor("protocol list")
    assert code == 1
    assert f"'{known.name}' is a name that ships, with another text" in err
    assert out.count(f"\n{known.name} ") == 1
    assert ask(f"protocol show {known.name}")[1]["digest"] == known.digest
    code, out, _ = monitor(f"protocol check {path}")
    assert code == 1
    assert "is a name that ships" in out


def test_a_copy_of_what_ships_is_no_fault(monitor, folder):
    (folder / "copy.yaml").write_text(example.FILE.read_text(encoding="utf-8"), encoding="utf-8")

    code, out, err = monitor("protocol list")

    assert (code, err) == (0, "")
    assert out.count("\nexample ") == 1


@pytest.mark.parametrize("name", ["every-patient", "every-gate", "catalogue"])
def test_no_name_of_the_library_itself_is_taken(name, monitor, write):
    write(name=name)

    code, _, err = monitor("protocol list")

    assert code == 1
    assert f"'{name}' is a name that ships" in err


def test_two_files_of_one_name_are_both_refused(monitor, write):
    write()
    write(file="copy.yaml", version="0.2.0")

    code, out, err = monitor("protocol list")

    assert code == 1
    assert "'ours' stands in copy.yaml and in ours.yaml: keep one" in err
    assert "\nours " not in out


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
    from tests.exampline import TEXT

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


def test_doctor_names_a_file_that_cannot_be_used(ask, folder, write):
    write()
    (found,) = [one for one in ask("doctor")[1]["checks"] if one["name"] == "protocols"]
    assert found["well"] is True
    (folder / "bad.yaml").write_text("protocol: bad\n", encoding="utf-8")

    code, answer = ask("doctor")

    (found,) = [one for one in answer["checks"] if one["name"] == "protocols"]
    assert code == 1
    assert found["well"] is False
    assert "bad.yaml: " in found["message"]


def test_names_longer_than_the_record_holds_are_refused(monitor, write):
    path = write(name="a" * 65, file="long.yaml")

    code, out, _ = monitor(f"protocol check {path}")

    assert code == 1
    assert "longer than 64 letters" in out
