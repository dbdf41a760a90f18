"""A pager, where a list is longer than the terminal on which somebody reads it."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from monitor.commands import paging

PAGER = "sed s/^/|/"  # what it shows begins with a bar


@pytest.fixture
def read(database, monkeypatch):
    """Run the program on a terminal of so many rows; gives its code and its lines."""
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PAGER", PAGER)

    def run(typed: str, rows: int, **how) -> tuple[int, list[str]]:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 100, 0, 0))
        running = subprocess.Popen(
            [sys.executable, "-m", "monitor", *typed.split()],
            env={**os.environ, "MONITOR_DB": database},
            **{"stdin": theirs, "stdout": theirs, "stderr": subprocess.DEVNULL, **how},
        )
        os.close(theirs)
        said = b""
        try:
            while part := os.read(ours, 65536):
                said += part
        except OSError:  # the other end has been closed
            pass
        os.close(ours)
        return running.wait(), said.decode().splitlines()

    return run


def paged(lines: list[str]) -> bool:
    assert lines
    return all(line.startswith("|") for line in lines)


def test_a_list_longer_than_the_terminal_is_paged_and_a_short_one_is_not(clinic, read):
    code, lines = read("history P-1", 3)
    assert code == 0
    assert paged(lines)

    assert read("history P-1", 5000)[1] == [line[1:] for line in lines]


def test_a_page_to_sign_is_paged(read):
    assert paged(read("protocol show mitoxantrone-ms-us", 50)[1])


def test_the_code_is_that_of_the_answer(clinic, read, spoil):
    spoil("P-2")

    code, lines = read("upcoming --as-of 2023-04-10", 3)

    assert code == 1
    assert paged(lines)


def test_an_answer_that_is_no_list_is_not_paged(clinic, read):
    assert not paged(read("gate P-1 --on 2023-04-10 --as-of 2023-04-10", 3)[1])


@pytest.mark.parametrize("pager", ["", "no-such-pager", "false", "'unclosed"])
def test_without_a_pager_that_works_everything_is_written(pager, monkeypatch, capfd):
    monkeypatch.setattr(paging, "_rows", lambda: 3)
    monkeypatch.setenv("PAGER", pager)

    with paging.paged():
        print("1\n2\n3\n4")

    assert capfd.readouterr().out == "1\n2\n3\n4\n"


def test_what_was_written_before_something_went_wrong_is_shown(monkeypatch, capfd):
    monkeypatch.setattr(paging, "_rows", lambda: 3)

    @paging.paged()
    def show():
        print("1")
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        show()

    assert capfd.readouterr().out == "1\n"


def test_what_is_piped_in_or_out_is_not_paged(clinic, read):
    assert not paged(read("history P-1", 3, stdin=subprocess.DEVNULL)[1])
    assert not paged(read("history P-1", 0)[1])  # a terminal that does not say how long it is
