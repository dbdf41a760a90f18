"""A site's own protocols: found by name beside those that ship, pinned, and named where wrong."""

import json
import os

import pytest

from tests import example


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
    assert "names no protocol" not in monitor("course start P-1 --protocol bad --on 2024-01-10")[2]
    assert monitor("course start P-1 --protocol ours --on 2024-01-10")[0] == 0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda at: at.write_bytes(b"\xff\xfe"), "not UTF-8"),
        (lambda at: at.mkdir(), "cannot be read"),
        (lambda at: os.mkfifo(at), "no regular file"),
        (lambda at: at.symlink_to(at.parent / "gone"), "cannot be read: No such file"),
        (lambda at: at.write_text(""), "the file is empty"),
        (lambda at: at.write_text("\ufeffprotocol: ours\n"), "save the file as UTF-8 without BOM"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(make, said, monitor, folder):
    make(folder / "odd.yaml")

    code, _, err = monitor("protocol list")

    assert code == 1
    assert "odd.yaml" in err
    assert said in err


@pytest.mark.parametrize("ending", ["yml", "YAML"])
def test_a_file_under_another_ending_is_named(ending, monitor, write):
    write(file=f"ours.{ending}")

    code, out, err = monitor("protocol list")
    assert code == 1
    assert f"ours.{ending}: only *.yaml is read: name it ours.yaml" in err
    assert "ours" not in out


def test_a_folder_that_is_not_there_is_named(monitor, tmp_path, monkeypatch):
    monkeypatch.setenv("MONITOR_PROTOCOLS", str(tmp_path / "gone"))

    code, _, err = monitor("protocol list")
    assert code == 1
    assert err == f"monitor: the folder of site protocols {tmp_path}/gone is not there\n"


def test_a_shipped_name_with_other_text_is_refused_and_nobody_is_given_either(monitor, write):
    known, said = example.protocol(), "'example' is a name that ships, with another text"
    monitor("patient add P-1")
    assert monitor("course start P-1 --protocol example --on 2024-01-10")[0] == 0
    monitor("patient add P-2")
    path = write("example", known.version, "site.yaml", **{"fresh: 42 days": "fresh: 41 days"})

    code, out, err = monitor("protocol list")
    assert (code, out.count("\nexample ")) == (1, 1)
    assert said in err
    assert said in monitor(f"protocol check {path}")[1]
    code, out, err = monitor("course start P-2 --protocol example --on 2024-01-10")
    assert (code, out) == (2, "")
    assert said in err
    code, out, err = monitor("protocol show example --json")
    assert json.loads(out)["digest"] == known.digest
    assert said in err
    assert monitor("course end P-1 --protocol example --on 2024-02-01 --reason over")[0] == 0
    write("example", "9.0.0", "site.yaml")
    assert said in monitor("course start P-2 --protocol example --on 2024-01-10")[2]


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


def test_doctor_names_a_file_that_cannot_be_used(ask, folder, write, monitor):
    write()
    (found,) = [one for one in ask("doctor")[1]["checks"] if one["name"] == "protocols"]
    assert found["well"] is True
    (folder / "bad.yaml").write_text("protocol: bad\n", encoding="utf-8")

    code, answer = ask("doctor")

    (found,) = [one for one in answer["checks"] if one["name"] == "protocols"]
    assert code == 1
    assert found["well"] is False
    assert "bad.yaml: " in found["message"]
    assert "bad.yaml: " in monitor(f"doctor --db {folder}/none.db")[1]


def test_names_longer_than_the_record_holds_are_refused(monitor, write):
    path = write(name="a" * 65, file="long.yaml")

    code, out, _ = monitor(f"protocol check {path}")

    assert code == 1
    assert "longer than 64 letters" in out


def test_a_move_says_to_which_version_and_never_goes_back_to_an_older_one(monitor, write):
    write(version="0.2.0")
    monitor("patient add P-1")
    monitor("course start P-1 --protocol ours --on 2024-01-10")
    write(version="0.3.0")

    assert monitor("course move P-1 --protocol ours --on 2024-02-01")[1].startswith(
        "course taken to ours 0.3.0 from 2024-02-01 on for P-1"
    )
    write(version="0.2.5", **{"fresh: 42 days": "fresh: 43 days"})
    for typed in ("P-1", "--all"):
        code, out, err = monitor(f"course move {typed} --protocol ours --on 2024-02-02")
        assert (code, out) == (2, ""), typed
        assert "the course follows ours 0.3.0, and 0.2.5 is an older one" in err, typed


@pytest.mark.parametrize("typed", ["ours", "ours.yaml"])
def test_a_protocol_of_the_site_is_checked_by_its_name(typed, monitor, write):
    path = write()
    assert monitor(f"protocol check {typed}")[:2] == (0, "no mistake found in 1 file\n")

    path.write_text("protocol: ours\n", encoding="utf-8")

    assert monitor(f"protocol check {typed}")[0] == 1
    assert monitor(f"protocol check {typed}s")[0] == 2


def test_doctor_says_that_the_file_of_a_course_is_gone(ask, monitor, write):
    path = write()
    monitor("patient add P-1")
    monitor("course start P-1 --protocol ours --on 2024-01-10")
    path.unlink()

    (found,) = [one for one in ask("doctor")[1]["checks"] if one["name"] == "protocols"]

    assert found["message"] == (
        "0 of this site's own; no file here of ours: courses keep its text, none can begin"
    )
