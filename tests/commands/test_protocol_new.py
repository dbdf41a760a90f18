"""A protocol of the site to start from, and what the guide shows of it."""

import re
import shlex
from pathlib import Path

import pytest

from monitor import protocols
from tests import example
from tests.test_docs import matches

GUIDE = (Path(__file__).parents[2] / "docs/protocols.md").read_text(encoding="utf-8")

SHIPPED = [name for name in protocols.shipped() if name != example.NAME]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_protocol_to_start_from_says_what_the_other_says(name, monitor, ask, folder):
    version = protocols.load(name).version

    code, out, err = monitor(f"protocol new ours --from {name}")

    path = folder / "ours.yaml"
    assert (code, err) == (0, "")
    assert out == (
        f"wrote {path}: ours 0.1.0, as {name} {version} says\n"
        f"change it, then type: monitor protocol check {path}\n"
    )
    assert monitor(f"protocol check {path}") == (0, "no mistake found in 1 file\n", "")
    text, before = path.read_text(encoding="utf-8"), protocols.text(name)
    assert [line for line in before.splitlines() if line not in text.splitlines()] == [
        f"protocol: {name}", f"version: {version}",
    ]  # fmt: skip
    found = ask(f"protocol diff {name} ours")[1]
    assert found["only_first"] == found["only_second"] == []
    assert [d["key"] for d in found["differences"]] == ["notes", "begun_from"]
    assert f"begun from {name} {version}" in found["differences"][0]["second"]
    assert found["differences"][1]["second"] == f"{name} {version}"
    assert found["second"] == {
        "name": "ours", "version": "0.1.0", "status": "draft",
        "digest": ask("protocol show ours")[1]["digest"],
    }  # fmt: skip


def test_a_protocol_to_start_from_is_a_draft_whatever_the_other_is(monitor, write, ask, folder):
    write(name="signed", version="3.0.0", **{"status: draft": "status: reviewed  # by N"})

    assert monitor("protocol new ours --from signed")[0] == 0

    page = ask("protocol show ours")[1]
    assert (page["version"], page["status"]) == ("0.1.0", "draft")


def test_the_folder_is_made_and_nothing_is_written_over(monitor, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("MONITOR_PROTOCOLS", raising=False)
    path = tmp_path / "config/infusion-monitor/protocols/ours.yaml"

    assert monitor("protocol new ours --from example")[0] == 0
    assert path.is_file()
    for typed, said in (
        ("ours --from example", "there is a protocol 'ours' already: choose another name"),
        ("example --from example", "there is a protocol 'example' already: choose another name"),
        ("every-gate --from example", "there is a protocol 'every-gate' already"),
        (f"other --from example --out {path}", f"there is a file {path} already"),
        ("Ours --from example", "'Ours' is not a valid name: write small letters, digits and "),
        ("../x --from example", "'../x' is not a valid name"),
        ("other --from nothing", "no protocol 'nothing'"),
        ("other --from mitoxantrone", "'mitoxantrone' means mitoxantrone-ms-eu, "),
    ):
        before = path.read_text(encoding="utf-8")
        code, out, err = monitor(f"protocol new {typed}")
        assert (code, out) == (2, ""), typed
        assert said in err, typed
        assert err.count("\n") == 1
        assert path.read_text(encoding="utf-8") == before
    assert [one.name for one in path.parent.iterdir()] == ["ours.yaml"]


def test_a_protocol_to_start_from_is_written_elsewhere(monitor, folder, ask, tmp_path):
    code, told = ask(f"protocol new other --from example --out {tmp_path}/x/other.yaml")

    assert code == 0
    assert told == {
        "file": f"{tmp_path}/x/other.yaml", "protocol": "other", "version": "0.1.0",
        "from": "example",
    }  # fmt: skip
    assert monitor(f"protocol new third --from {tmp_path}/x/other.yaml")[0] == 0
    assert [one.name for one in folder.iterdir()] == ["third.yaml"]


@pytest.mark.parametrize("notes", ["", "notes: [one, two]\n", "notes:\n- one\n"])
def test_every_way_of_writing_notes_gets_one_more(notes, monitor, folder, write, ask):
    path = write(name="other")
    path.write_text(notes + path.read_text(encoding="utf-8"), encoding="utf-8")

    assert monitor("protocol new ours --from other")[0] == 0

    keys = [d["key"] for d in ask("protocol diff other ours")[1]["differences"]]
    assert sorted(keys) == ["begun_from", "notes"]


def test_a_text_that_is_written_unlike_the_others_is_left_to_a_person(monitor, folder, write):
    path = write(name="other")
    text = path.read_text(encoding="utf-8").replace("status: draft", '"status": reviewed')
    path.write_text(text, encoding="utf-8")

    code, _, err = monitor("protocol new ours --from other")

    assert code == 2
    assert err == "monitor: other is written unlike those that ship: copy it by hand\n"
    assert not (folder / "ours.yaml").exists()


def test_ten_minutes_of_the_guide_go_as_it_says(monitor, folder, monkeypatch):
    part = GUIDE.partition("## Your own in ten minutes")[2].partition("\n## ")[0]
    path = folder / "ours.yaml"
    monkeypatch.chdir(folder)
    for language, block in re.findall(r"```(\w+)\n(.*?)```", part, flags=re.DOTALL):
        if language == "diff":
            changed(path, block)
            continue
        for shown in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            typed, _, expected = shown.partition("\n")
            out = monitor(shlex.join(shlex.split(typed)[1:]))[1]
            assert matches(out, expected), f"$ {typed}\n{out}"


def changed(path, block):
    """Make the changes that a block shows, hunk by hunk."""
    text = path.read_text(encoding="utf-8")
    for hunk in block.split("…\n"):
        lines = hunk.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] != "+")
        assert text.count(old) == 1, old
        text = text.replace(old, "".join(line[1:] for line in lines if line[0] != "-"))
    path.write_text(text, encoding="utf-8")


def test_a_number_that_is_changed_is_cited_anew(monitor, folder):
    monitor("protocol new ours --from mitoxantrone-ms-us")
    path = folder / "ours.yaml"
    text = path.read_text(encoding="utf-8")
    (version,) = re.findall(r"begun_from: (.*)", text)
    before = "fresh: 42 days\n    usable: 90 days\n    check_overdue: 14 days\n"
    assert text.count(before) == 1
    text = text.replace(before, before.replace("42", "28"))
    at = text[: text.index("fresh: 28 days")].count("\n") + 1
    path.write_text(text, encoding="utf-8")

    assert monitor(f"protocol check {path}") == (
        1,
        f"ours.yaml:{at}: requirements.ecg.fresh: another number than in {version}, cited as if it "
        "were that one: name who decided it, "
        "{source: …, where: …, kind: local, supports: [fresh]}\n",
        "",
    )
    assert "ours.yaml" in monitor("protocol list")[2]
    for other in ("mitoxantrone-ms-us 0.0.1", "gone 2.0.0"):  # nothing to compare with
        path.write_text(text.replace(version, other), encoding="utf-8")
        assert monitor(f"protocol check {path}")[0] == 0
    path.write_text(text.replace(f"begun_from: {version}", "begun_from: ours"), encoding="utf-8")
    assert (
        "'ours' is no name and version: write for instance" in monitor(f"protocol check {path}")[1]
    )


def test_what_is_begun_from_a_protocol_of_the_site_is_compared_with_what_ships(monitor, folder):
    monitor("protocol new ours --from mitoxantrone-ms-us")
    monitor("protocol new theirs --from ours")

    text = (folder / "theirs.yaml").read_text(encoding="utf-8")
    assert re.findall(r"begun_from: (\S+) ", text) == ["mitoxantrone-ms-us"]


@pytest.mark.parametrize(
    ("drug", "said"),
    [
        ("Mitoxantrone", "'Mitoxantrone' counts as another drug than 'mitoxantrone', whose"),
        ("novantrone", "of which no dose would count: write mitoxantrone; or, where it is another"),
    ],
)
def test_a_drug_under_another_name_would_be_counted_from_nothing(drug, said, monitor, folder):
    monitor("protocol new ours --from mitoxantrone-ms-us")
    path = folder / "ours.yaml"
    text = path.read_text(encoding="utf-8").replace("drug: mitoxantrone", f"drug: {drug}")
    path.write_text(text, encoding="utf-8")

    code, out, _ = monitor(f"protocol check {path}")

    assert (code, out.count(said)) == (1, 1)


@pytest.mark.parametrize(("drug", "faults"), [("mitoxantron", 1), ("pixantrone", 0)])
def test_a_misspelt_drug_is_named_where_nothing_says_what_it_was_begun_from(
    drug, faults, monitor, folder
):
    monitor("protocol new ours --from mitoxantrone-ms-us")
    path = folder / "ours.yaml"
    text = path.read_text(encoding="utf-8").replace("drug: mitoxantrone", f"drug: {drug}")
    path.write_text(re.sub("begun_from: .*\n", "", text), encoding="utf-8")

    code, out, _ = monitor(f"protocol check {path}")

    assert (code, out.count(f"'{drug}' counts as another drug")) == (faults, faults)
