"""What most commands do with what was typed, their `locals()`: record a line, or answer a question.

Nothing is loaded before it is needed: help must be quick.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import typer

if TYPE_CHECKING:
    from monitor.service.asking.questions import Inquiry

A = TypeVar("A")


def record(kind: str, typed: Mapping[str, Any], *, said: str) -> None:
    """Record one line of a kind, a name in `Kind`; see `recording.record_line`."""
    from monitor.commands.recording import record_line
    from monitor.domain.facts import Kind

    record_line(Kind[kind], typed, said=said)


def ask(typed: Mapping[str, Any], question: "Callable[[Inquiry], A]") -> A:
    """Open the database as of the day and moment that were typed, and ask."""
    from monitor.commands.opening import inquiring

    with inquiring(typed["db"], typed["as_of"], typed["known_at"]) as inquiry:
        return question(inquiry)


def show(answer: object, *, json: bool) -> None:
    """Write an answer as a document, or in words."""
    from monitor.commands import render, shown

    render.show(answer, shown.in_words, json=json)


def answer(typed: Mapping[str, Any], question: "Callable[[Inquiry], Any]") -> None:
    """Ask and show. Exit code 1: somebody could not be looked at."""
    found = ask(typed, question)
    show(found, json=typed["json"])
    if getattr(found, "unknown", ()):
        raise typer.Exit(1)
