"""The program as a process: help, misspelt commands, pipes, terminals, Ctrl-C, quick starts."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from monitor import __version__
from monitor.commands import app, main, run

ON = "--on 2023-04-10 --as-of 2023-04-10"
GROUPS = {group.name: group.typer_instance for group in app.registered_groups}
COMMANDS = [info.name for info in app.registered_commands] + [
    f"{name} {info.name}" for name, inner in GROUPS.items() for info in inner.registered_commands
]


@pytest.fixture
def program(database):
    """Start the program as its own process; give what Popen takes besides."""

    def start(typed: str, **how) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "monitor", *typed.split()],
            env={**os.environ, "MONITOR_DB": database, "PYTHONUNBUFFERED": ""},
            **how,
        )

    return start


@pytest.fixture
def terminal(program, monkeypatch):
    """Run the program on a terminal of some width; gives its lines without colours."""

    def run(typed: str, width: int, *, errors: int = subprocess.STDOUT) -> list[str]:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        monkeypatch.delenv("COLUMNS", raising=False)  # it counts more than the terminal itself
        running = program(typed, stdout=theirs, stdin=theirs, stderr=errors)
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end has been closed
                break
            if not part:
                break
            said += part
        os.close(ours)
        running.wait()
        return _without_colours(said.decode()).splitlines()

    return run


def _without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_the_day_of_forty_patients_fits_a_screen(terminal, monitor, tmp_path):
    forty = f"sqlite:///{tmp_path}/forty.db"
    monitor(f"demo --patients 40 --years 1 --seed 3 --to {forty}")

    def shown(width: int) -> list[str]:  # without the bar of how far it is, which goes away
        typed = f"today --on 2026-11-01 --db {forty}"
        return terminal(typed, width, errors=subprocess.DEVNULL)

    lines = shown(80)
    listed = {who for line in lines if (who := re.match(r"  (D-\d+) ", line))}
    assert len(listed) > 15
    assert len(lines) <= 50
    assert [line for line in lines if len(line) >= 80] == []
    assert [line for line in shown(40) if len(line) >= 40] == []


@pytest.mark.parametrize("typed", ["infusion log --help", "gate NOBODY --on today", "gate"])
def test_help_and_errors_fit_a_narrow_terminal_too(typed, clinic, terminal):
    lines = terminal(typed, 40)

    assert len(lines) > 1
    assert [line for line in lines if len(line) >= 40] == []


def test_help_lists_every_command(monitor):
    code, out, err = monitor("--help")

    assert (code, err) == (0, "")
    for typed in COMMANDS:
        assert f"\n  {typed.split()[0]} " in out


@pytest.mark.parametrize("typed", COMMANDS)
def test_every_command_takes_a_database_and_help(typed, monitor):
    code, out, err = monitor(f"{typed} --help")

    assert (code, err) == (0, "")
    assert "--db URL" in out


@pytest.mark.parametrize("typed", COMMANDS)
def test_every_command_but_few_has_json(typed, monitor):
    assert ("--json" in monitor(f"{typed} --help")[1]) == (
        typed not in ("demo", "db upgrade", "run", "export jsonl", "export csv")
    )


QUESTIONS = ["gate", "upcoming", "warnings", "exposure", "explain", "history"]
QUESTIONS += ["patient list", "patient show"]


@pytest.mark.parametrize("typed", QUESTIONS)
def test_every_question_can_be_asked_of_the_past(typed, monitor):
    out = monitor(f"{typed} --help")[1]

    assert "--as-of DATE" in out
    assert "--known-at MOMENT" in out


def test_the_version_is_said(monitor):
    assert monitor("--version") == (0, f"infusion-monitor {__version__}\n", "")


MISTYPED = [
    ("gte", "no such command 'gte'. Did you mean 'gate'? Type: monitor --help"),
    ("patient ad", "no such command 'ad'. Did you mean 'add'? Type: monitor patient --help"),
    (
        "patient",
        "which command? One of add, list, show, change, close, reopen; "
        "type: monitor patient --help",
    ),
    ("result", "which command? One of log, list; type: monitor result --help"),
    ("gate P-1", "missing option '--on'; type: monitor gate --help"),
    ("gate --on", "option '--on' requires an argument; type: monitor gate --help"),
    (
        f"gate P-1 {ON} --dose 3",
        "no such option: --dose (Possible options: --dose-mg, --on, --route); "
        "type: monitor gate --help",
    ),
    ("exposure", "missing argument 'PATIENT'; type: monitor exposure --help"),
    (
        "exposure P-1 P-2",
        "got unexpected extra argument(s) (P-2); type: monitor exposure --help",
    ),
    (
        "result log P-1 neutrophils -3 /uL --on 2023-04-10",
        "'-3' is an option that does not exist, and no number here is negative; "
        "type: monitor result log --help",
    ),
    (
        "retract x --reason y",
        "invalid value for 'EVENT': write a whole number; type: monitor retract --help",
    ),
    ("--nonsense", "no such option: --nonsense; type: monitor --help"),
]


@pytest.mark.parametrize(("typed", "said"), MISTYPED)
def test_what_is_mistyped_names_what_to_type(typed, said, monitor):
    assert monitor(typed) == (2, "", f"monitor: {said}\n")


def test_without_a_command_the_commands_are_named(monitor):
    code, out, err = monitor("")

    assert (code, out) == (2, "")
    assert err.startswith("monitor: which command? One of demo, import, ")
    assert err.endswith("; type: monitor --help\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (f"gate P-1 {ON}", 1),
        ("protocol show mitoxantrone --json", 0),
        pytest.param("demo", 0, marks=pytest.mark.faults),
        ("--help", 0),
    ],
)
def test_a_reader_that_leaves_early_changes_no_exit_code(typed, code, clinic, program):
    running = program(typed, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    running.stdout.readline()
    running.stdout.close()

    assert running.wait() == code
    assert running.stderr.read() == b""
    running.stderr.close()


@pytest.mark.parametrize(
    ("closed", "typed", "code"),
    [(1, f"gate P-1 {ON}", 1), (1, "patient list", 0), (2, "exposure P-7", 2)],
)
def test_a_closed_output_changes_no_exit_code(closed, typed, code, clinic, database):
    shell = f"exec {sys.executable} -m monitor {typed} {closed}>&-"
    done = subprocess.run(
        ["sh", "-c", shell], env={**os.environ, "MONITOR_DB": database}, capture_output=True
    )

    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
def test_an_answer_that_cannot_be_written_is_an_outside_fault(clinic, program):
    with open("/dev/full", "w") as full:
        running = program("patient list", stdout=full, stderr=subprocess.PIPE)
        _, err = running.communicate()

    assert (running.returncode, err) == (3, b"monitor: system: No space left on device\n")


def interruptible() -> None:
    """Undo what a shell does to programs in the background: they ignore interruptions."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupted_import_stores_nothing_and_shows_no_traceback(
    clinic, program, count, tmp_path
):
    os.mkfifo(tmp_path / "facts.jsonl")
    running = program(
        f"import {tmp_path}/facts.jsonl",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=interruptible,
    )
    with open(tmp_path / "facts.jsonl", "w") as facts:  # opens once the program reads
        facts.write('{"kind":"patient","id":"P-8"}\n')
        facts.flush()
        time.sleep(0.3)  # a signal to a process cannot be waited for in any other way
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)

    assert (running.returncode, out, err) == (3, b"", b"monitor: stopped\n")
    assert count() == 31


def test_on_a_narrow_terminal_no_line_is_wider_and_no_name_is_broken(clinic, terminal):
    lines = terminal(f"gate P-1 {ON}", 45)

    assert max(len(line) for line in lines) <= 45
    at = lines.index("  neutrophils")
    assert lines[at + 1 : at + 4] == [
        "    state: not met",
        "    why: neutrophils 1499 /uL on 2023-04-09,",
        "      below 1.5 10*9/L",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize(
    "typed",
    [
        f"gate P-1 {ON}",
        f"gate {ON}",
        "upcoming --as-of 2023-04-10",
        "warnings --as-of 2023-01-15 --all",
        "exposure P-2",
        "history P-1",
        "protocol list",
        "protocol simulate mitoxantrone-ms-eu --start 2025-01-10 --infusions 2 --every '3 months'",
        "explain P-1 lvef --as-of 2023-04-10",
    ],
)
def test_every_answer_fits_the_terminal(typed, width, clinic, monitor, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    lines = _without_colours(monitor(typed)[1]).splitlines()

    assert len(lines) > 1
    assert max(len(line) for line in lines) <= width


def test_a_wide_terminal_shows_what_a_pipe_shows(clinic, terminal, monitor):
    assert terminal("upcoming --as-of 2023-04-10 --flat", 200) == (
        monitor("upcoming --as-of 2023-04-10")[1].splitlines()
    )


def test_a_terminal_shows_checks_by_patient(clinic, terminal):
    # P-2: no nadir count after the 12th of January, the follow-up of three months, then of six;
    # P-1: the infusion that is booked, and the rest of what it needs.
    assert terminal("upcoming --as-of 2023-04-10 --until 2023-07-20", 80) == [
        "P-2 (born 1980-01-01)",
        "  2023-01-22  overdue  cbc-nadir",
        "  2023-04-12  open     cbc-follow-up and 1 more to 2023-07-12",
        "P-1 (born 1993-04-02)",
        "  2023-04-10  open     cardiac-exam, ecg, infection-screen, liver-tests, lvef,",
        "    next-infusion, platelets, pregnancy-test; cbc-follow-up and 1 more to",
        "    2023-07-10",
    ]


def test_a_pipe_is_never_folded(clinic, monitor, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")

    rows = monitor(f"gate P-1 {ON}")[1].splitlines()

    assert any("neutrophils 1499 /uL on 2023-04-09, below 1.5 10*9/L" in row for row in rows)


def test_help_loads_nothing_heavy():
    asked = """
import sys
from monitor.commands import main
for typed in ("--help", "gate --help", "patient add --help", "--version"):
    main(typed.split())
heavy = {"sqlalchemy", "alembic", "rich", "yaml", "monitor.domain"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_question_does_not_load_what_changes_schemas(clinic, database):
    asked = f"""
import sys
from monitor.commands import main
main(["patient", "list", "--db", {database!r}])
assert "alembic" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("new")
def test_the_demo_shows_gates_warnings_checks_and_arithmetic(monitor, tmp_path):
    code, out, err = monitor("demo")

    assert (code, err) == (0, "")
    for shown in ("CLEAR  ", "HOLD  ", "STOP  ", "EMERGENCY  ", "URGENT  ", "overdue, and", "sum"):
        assert shown in out
    assert out.endswith("The database of this demo has been thrown away.\n")
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == []


def test_the_door_of_a_checkout_is_the_same_program(database):
    door = Path(__file__).parents[2] / "cli.py"
    done = subprocess.run(
        [sys.executable, door, "protocol", "list"], capture_output=True, text=True
    )

    assert done.returncode == 0
    assert done.stdout.startswith("protocol ")


def test_main_gives_the_code_and_run_leaves_with_it(database, capsys, monkeypatch):
    monkeypatch.setenv("MONITOR_DB", database)
    assert main(["exposure", "P-7"]) == 2
    with pytest.raises(SystemExit) as left:
        run(["exposure", "P-7"])
    assert left.value.code == 2
    assert "P-7" in capsys.readouterr().err
