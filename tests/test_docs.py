"""The documents tell the truth: examples are run, commands and protocols are all named."""

import re
import shlex
from pathlib import Path

import pytest

from monitor import protocols
from monitor.commands import app, main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)


def commands() -> list[tuple[str, object]]:
    """List every command as it is typed, with its function."""
    found = [(f"monitor {info.name}", info.callback) for info in app.registered_commands]
    for group in app.registered_groups:
        found += [
            (f"monitor {group.name} {info.name}", info.callback)
            for info in group.typer_instance.registered_commands
        ]
    return found


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_example_of_the_readme_says_what_the_program_says(
    block, database, monkeypatch, capsys
):
    monkeypatch.setenv("MONITOR_DB", database)
    code = 0
    for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        typed, _, expected = example.partition("\n")
        if typed == "echo $?":
            assert expected.strip() == str(code)
            continue
        code = main(shlex.split(typed)[1:])
        said = capsys.readouterr().out
        assert matches(said, expected), f"$ {typed}\n{said}"


def matches(said: str, expected: str) -> bool:
    """Compare line by line; a line … stands for any lines, an ending … for the rest of a line."""
    pattern = ""
    for line in expected.rstrip("\n").split("\n"):
        if line == "…":
            pattern += r"(?:.*\n)*?"
        elif line.endswith("…"):
            pattern += re.escape(line.removesuffix("…").rstrip()) + r".*\n"
        else:
            pattern += re.escape(line) + r"\n"
    return re.fullmatch(pattern, said) is not None


@pytest.mark.parametrize("typed", [typed for typed, _ in commands()])
def test_every_command_has_help_with_an_example_and_is_in_the_readme(typed, capsys):
    callback = dict(commands())[typed]
    group, _, last = typed.removeprefix("monitor ").rpartition(" ")

    assert main([*typed.split()[1:], "--help"]) == 0
    said = capsys.readouterr().out

    assert f"Example: {typed}" in " ".join(said.split())
    assert callback.__doc__
    rows = [line for line in README.splitlines() if line.startswith("| `monitor")]
    assert any(f"`monitor {group or last}" in row and f"{last}`" in row for row in rows)


@pytest.mark.parametrize("name", protocols.names())
def test_every_protocol_that_ships_is_in_the_readme(name):
    assert f"`{name}`" in README


def test_no_document_names_a_place_that_readers_do_not_have():
    tests = [str(path) for path in ROOT.glob("tests/**/test_*.py")]
    for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), ROOT / "CONTRIBUTING.md"]:
        text = path.read_text(encoding="utf-8")
        assert "../shared" not in text, path
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (path.parent / link).exists(), f"{path.name}: {link}"
        for name in re.findall(r"`(?:tests/)?([\w/]*test_\w+\.py)", text):
            assert any(test.endswith(f"/{name}") for test in tests), f"{path.name}: {name}"


def test_every_local_citation_leads_to_its_decision():
    decisions = (ROOT / "docs/decisions/0006-where-the-sources-are-silent.md").read_text("utf-8")
    for name in protocols.names():
        for rule in protocols.load(name).rules():
            for cite in rule.cites:
                if cite.source == "LOCAL":
                    assert cite.where in decisions, f"{name}: {rule.name}: {cite.where}"
