"""What most commands do, and the options that all of these take: record a line, answer a question.

Nothing is loaded before it is needed: help must be quick.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from monitor.commands.options import AsOf, By, Confirm, Db, Json, KnownAt, Second

if TYPE_CHECKING:
    from monitor.service.asking.questions import Inquiry

    Question = Callable[[Inquiry], Any]
else:
    Question = Callable  # Typer looks at it, and Inquiry is not loaded

A = TypeVar("A")
Command = Callable[..., None]
# Words that end where the patient is named, perhaps about the fact as it was read; and where the
# line is otherwise than it was typed.
Said = str | Callable[[str], str]
Told = Said | tuple[str, dict[str, object]]

_SHARED = {
    "by": (By, None),
    "confirm": (Confirm, False),
    "second": (Second, False),
    "as_of": (AsOf, None),
    "known_at": (KnownAt, None),
    "db": (Db, None),
    "json": (Json, False),
}


def _note_silence(url: str | None) -> str | None:
    """Have commands that need no database warn too where nobody sends reminders."""
    from monitor.commands.opening import note_silence

    note_silence(url)
    return url


NoDb = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="URL",
        help="Taken by every command; this one needs no database.",
        callback=_note_silence,
    ),
]


def records(kind: str, *flags: str) -> Callable[[Callable[..., Told]], Command]:
    """Make a command that records one line of a kind, a name in `Kind`.

    The function says what was recorded of what was typed for it; `--by`, `--db`, `--json` and the
    `flags` are added. Its words end where the patient is named.
    """

    def command_of(tell: Callable[..., Told]) -> Command:
        own = inspect.signature(tell).parameters

        @wraps(tell)
        def command(**typed: Any) -> None:
            from monitor.commands.days import written_out
            from monitor.commands.recording import record_line
            from monitor.domain.facts import Kind

            typed = written_out(typed)
            told = tell(**{name: typed[name] for name in own})
            said, otherwise = told if isinstance(told, tuple) else (told, {})
            record_line(Kind[kind], {**typed, **otherwise}, said=said)

        return _with_options(command, "by", *flags, "db", "json")

    return command_of


def asks(question_of: Callable[..., Question]) -> Command:
    """Make a command that answers a question; `--as-of`, `--known-at`, `--db`, `--json` are added.

    Exit code 1: somebody could not be looked at.
    """
    own = inspect.signature(question_of).parameters

    @wraps(question_of)
    def command(**typed: Any) -> None:
        from monitor.commands.days import written_out

        typed = written_out(typed)
        found = ask(typed, question_of(**{name: typed[name] for name in own}))
        show(found, json=typed["json"])
        if getattr(found, "unknown", ()):
            raise typer.Exit(1)

    return _with_options(command, "as_of", "known_at", "db", "json")


def ask(typed: Mapping[str, Any], question: "Callable[[Inquiry], A]") -> A:
    """Open the database as of the day and moment that were typed, and ask."""
    from monitor.commands.days import written_out
    from monitor.commands.opening import inquiring

    meant = written_out({key: typed.get(key) for key in ("db", "patient", "as_of", "known_at")})
    with inquiring(meant["db"], meant["as_of"], meant["known_at"]) as inquiry:
        return question(inquiry)


def show(answer: object, *, json: bool, full: bool = False) -> None:
    """Write an answer as a document, or in words: all of them, or what is read first."""
    from contextlib import nullcontext

    from monitor.commands import render, shown
    from monitor.commands.paging import paged

    with paged() if isinstance(answer, shown.LISTS) else nullcontext():
        render.show(answer, shown.in_full if full else shown.in_words, json=json)


def _with_options(command: Command, *names: str) -> Command:
    """Let a command take shared options after its own, as Typer reads them."""
    own = inspect.signature(command)  # of the function that it wraps
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in _SHARED.items()
        if name in names and name not in own.parameters
    ]
    parameters = [*own.parameters.values(), *shared]
    # Typer asks `inspect`, which looks here first; typing knows of no such attribute.
    command.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    return command
