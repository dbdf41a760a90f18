"""How far something is, and how long the rest takes: for a person who watches, and nobody else."""

import io
import sys

import pytest

from monitor.commands import progress
from tests import postgresql


class Terminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def watch(monkeypatch):
    """Run something on a terminal, where everything takes long; give what the terminal got."""
    monkeypatch.setattr(progress, "_SOON_SECONDS", -1)
    monkeypatch.setenv("TERM", "xterm")

    def run(work, terminal=Terminal) -> str:
        # Not before the test itself runs: pytest puts its own in place between.
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", stream := terminal())
            work()
        return stream.getvalue()

    return run


def work(what: str = "counting") -> None:
    with progress.progress(what) as show:
        count = show(4)
        for _ in range(2):
            count(1)
        count = show(10)
        count(10)


def test_a_person_who_watches_sees_percent_and_estimate(watch):
    said = watch(work)

    assert "counting" in said
    assert "50%" in said
    assert "100%" in said
    assert "0:00:00" in said  # what is left


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_can_draw_nothing_gets_nothing(watch, monkeypatch, term):
    monkeypatch.setenv("TERM", term)

    assert watch(work) == ""


def test_what_is_soon_done_shows_nothing_and_nothing_is_loaded(watch, monkeypatch):
    monkeypatch.setattr(progress, "_SOON_SECONDS", 60)
    monkeypatch.setattr(progress, "_drawn", None)

    assert watch(work) == ""


def test_a_pipe_gets_nothing(watch):
    assert watch(work, io.StringIO) == ""


def test_no_colour_where_none_is_wanted(watch, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    said = watch(work)
    assert "50%" in said
    assert "\x1b[3" not in said


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("db verify", "verifying"),
        pytest.param("db backup {}/b.db", "backing up", marks=postgresql.sqlite_only),
        ("db upgrade", "recalculating checks"),
        ("warnings", "looking at everybody"),
        ("report --since 2023-01-01 --until 2023-02-01", "looking at everybody"),
        ("import tests/commands/facts.jsonl", "importing"),
    ],
)
def test_every_long_run_shows_how_far_it_is_and_its_answer_stays_apart(
    clinic, monitor, watch, tmp_path, typed, what
):
    answers = []

    said = watch(lambda: answers.append(monitor(typed.format(tmp_path))))

    assert what in said
    assert "%" in said
    assert answers[0][1]
    assert what not in answers[0][1]
