"""The command line: the table of contents, and errors turned into exit codes.

0 done, or the answer is fine; 1 the answer needs attention; 2 asked wrongly, nothing stored;
3 could not do it. An error is one or two lines; never a traceback.
"""

import io
import os
import sys
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Annotated

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort, TyperException
from typer.main import get_command

from monitor import __version__
from monitor.commands import (
    amend,
    ask,
    config,
    contact,
    course,
    db,
    demo,
    dose,
    exporting,
    patient,
    policy,
    protocol,
    record,
    reminder,
    render,
    report,
    result,
    today,
    undo,
)
from monitor.commands.anywhere import OptionsAnywhere, behind_the_command
from monitor.commands.usage import usage
from monitor.errors import MonitorError, OutsideError

ASKED_WRONGLY, COULD_NOT = 2, 3

_INTERRUPTED = 130  # how Typer reports Ctrl-C

app = typer.Typer(
    name="monitor",
    cls=OptionsAnywhere,
    help="Watch that people on drugs that are safe only under monitoring are monitored. "
    "It advises; people decide. Not a certified medical device.",
    epilog="--db, --json, --as-of and --known-at may stand before the command as well.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("demo")(demo.demo)
app.add_typer(patient.app, name="patient")
app.add_typer(contact.app, name="contact")
app.add_typer(course.app, name="course")
app.add_typer(course.facts, name="fact")
app.add_typer(record.infusion, name="infusion")
app.add_typer(dose.app, name="dose")
app.add_typer(result.app, name="result")
app.add_typer(record.symptom, name="symptom")
app.command("import")(record.import_file)
app.add_typer(exporting.app, name="export")
app.command("correct")(amend.correct)
app.command("retract")(amend.retract)
app.command("undo")(undo.undo)
app.command("waive")(amend.waive)
app.command("gate")(ask.gate)
app.command("today")(today.today)
app.command("upcoming")(ask.upcoming)
app.command("warnings")(ask.warnings)
app.command("exposure")(ask.exposure)
app.command("explain")(ask.explain)
app.command("history")(ask.history)
app.command("report")(report.report)
app.command("tick")(reminder.tick)
app.command("run")(reminder.run)
app.command("outbox")(reminder.list_outbox)
app.command("acknowledge")(reminder.acknowledge)
app.command("doctor")(reminder.doctor)
app.add_typer(policy.app, name="policy")
app.add_typer(protocol.app, name="protocol")
app.add_typer(db.app, name="db")
app.add_typer(config.app, name="config")


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the program and leave with its exit code."""
    _open_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that lacks a letter shows its number.
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(arguments))


@cache
def _program() -> TyperGroup:
    """Build the tree of commands once; Typer by itself builds it for every call."""
    program = get_command(app)
    assert isinstance(program, TyperGroup)
    return program


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is part of the answer."""
    typed = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = _program()(args=typed, prog_name="monitor", standalone_mode=False)
        render.finish()
    except TyperException as fault:
        return _complain(_harmless(_usage(fault, typed), typed), ASKED_WRONGLY)
    except OutsideError as fault:
        return _complain(_harmless(str(fault), typed), COULD_NOT)
    except MonitorError as fault:
        return _complain(_harmless(str(fault), typed), ASKED_WRONGLY)
    except UnicodeEncodeError:
        broken = next((word for word in typed if not _is_text(word)), None)
        if broken is None:
            raise
        return _complain(_harmless(f"{broken!a} is not valid UTF-8", typed), ASKED_WRONGLY)
    except OSError as fault:
        render.give_up()
        return _complain(f"{fault.filename or 'system'}: {fault.strerror}", COULD_NOT)
    except (Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    except SystemExit:
        code = 0  # Typer found nobody reading its help, as with `| head -1`
    if code == _INTERRUPTED:
        return _complain("stopped", COULD_NOT)
    return code if isinstance(code, int) else 0


def _usage(fault: TyperException, typed: Sequence[str]) -> str:
    return usage(fault, _program(), behind_the_command(_program(), typed))


def _is_text(word: str) -> bool:
    """Say whether a word holds whole characters; bytes that are none arrive as half ones."""
    if word.isascii():
        return True
    from monitor.service.input.text_fields import is_utf8

    return is_utf8(word)


def _say_version(wanted: bool) -> None:
    if wanted:
        render.say(f"infusion-monitor {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say the version.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    pass


def _harmless(words: str, typed: Sequence[str]) -> str:
    """Repeat no secret: a channel's URL may have been typed in the wrong place."""
    if "://" not in words:
        return words
    from monitor.service.asking.redaction import without_secrets

    databases = [right for left, right in pairwise(typed) if left == "--db"]
    databases.append(os.environ.get("MONITOR_DB", ""))
    others = [word for word in typed if word not in databases]
    passwords = [url for url in databases if "@" in url]  # any other database may be named
    return without_secrets(words, " ".join([*others, *passwords]))


def _complain(words: str, code: int) -> int:
    render.note(f"monitor: {words}")  # where nobody listens the exit code still tells
    return code


def _open_closed_streams() -> None:
    """Let a program that was started with a closed output run to its exit code."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # until the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # the same
