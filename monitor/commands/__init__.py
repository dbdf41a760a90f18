"""The command line: the table of contents, and errors turned into exit codes.

0 done, or the answer is fine; 1 the answer needs attention; 2 asked wrongly, nothing stored;
3 could not do it. An error is one or two lines; never a traceback.
"""

import sys
from collections.abc import Sequence

import typer
from typer.exceptions import Abort, TyperException

from monitor.commands import amend, ask, course, db, demo, patient, protocol, record
from monitor.errors import MonitorError, OutsideError

NEEDS_ATTENTION, ASKED_WRONGLY, COULD_NOT = 1, 2, 3

app = typer.Typer(
    name="monitor",
    help="Watch that people on drugs that are safe only under monitoring are monitored. "
    "It advises; people decide. Not a certified medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("demo")(demo.demo)
app.add_typer(patient.app, name="patient")
app.add_typer(course.app, name="course")
app.add_typer(course.facts, name="fact")
app.add_typer(record.infusion, name="infusion")
app.add_typer(record.result, name="result")
app.add_typer(record.symptom, name="symptom")
app.command("import")(record.import_file)
app.command("correct")(amend.correct)
app.command("retract")(amend.retract)
app.command("waive")(amend.waive)
app.command("gate")(ask.gate)
app.command("upcoming")(ask.upcoming)
app.command("warnings")(ask.warnings)
app.command("exposure")(ask.exposure)
app.command("explain")(ask.explain)
app.command("history")(ask.history)
app.add_typer(protocol.app, name="protocol")
app.add_typer(db.app, name="db")


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the program and leave with its exit code."""
    sys.exit(main(arguments))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is part of the answer."""
    try:
        code = app(args=arguments, prog_name="monitor", standalone_mode=False)
        sys.stdout.flush()
    except TyperException as fault:
        return _complain(_usage(fault), ASKED_WRONGLY)
    except OutsideError as fault:
        return _complain(str(fault), COULD_NOT)
    except MonitorError as fault:
        return _complain(str(fault), ASKED_WRONGLY)
    except BrokenPipeError:
        # The reader has gone, as with `| head`: nothing more to say, and nothing to say it to.
        sys.stdout = None  # so that closing it does not fail again
        return 0
    except OSError as fault:
        return _complain(f"{fault.filename or 'system'}: {fault.strerror}", COULD_NOT)
    except (Abort, KeyboardInterrupt):
        return _complain("stopped; nothing was stored", COULD_NOT)
    return code if isinstance(code, int) else 0


def _usage(fault: TyperException) -> str:
    context = getattr(fault, "ctx", None)
    words = " ".join(fault.format_message().split())
    path = context.command_path if context else "monitor"
    return f"{words} Type: {path} --help" if words else f"Type: {path} --help"


def _complain(words: str, code: int) -> int:
    sys.stderr.write(f"monitor: {words}\n")
    return code
