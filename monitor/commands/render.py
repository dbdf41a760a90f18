"""Answers as people read them: tables on a terminal, plain aligned lines when piped."""

import contextlib
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

if TYPE_CHECKING:
    from monitor.domain.rule import Cite

Answer = TypeVar("Answer")

_PIPED_WIDTH = 100_000  # lines are not folded for a reader that is a program
_NARROWEST = 40  # a terminal that claims less is not believed


def say(text: str = "") -> None:
    """Write a line to standard output, folded between words on a terminal."""
    _write(_folded(text, sys.stdout) + "\n")


def raw(text: str) -> None:
    """Write a line of a file as it is, folded nowhere."""
    _write(text + "\n")


def note(text: str) -> None:
    """Write lines to standard error, folded as an answer is: words beside it.

    Where it cannot be written, as on a full disk, the work goes on without them.
    """
    with contextlib.suppress(OSError):
        sys.stderr.write(_folded(harmless(text), sys.stderr) + "\n")


def harmless(text: str) -> str:
    """Write characters that a terminal would obey as their numbers."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else f"\\u{ord(letter):04x}"
        for letter in text
    )


def document(answer: Any) -> None:
    """Write an answer as one JSON document to standard output."""
    from monitor.service.asking import documents

    speaks_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    _write(json.dumps(documents.document(answer), ensure_ascii=not speaks_unicode, indent=1) + "\n")


def show(answer: Answer, in_words: Callable[[Answer], None], *, json: bool) -> None:
    """Write an answer as a document, or in words."""
    (document if json else in_words)(answer)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, indent: int = 0) -> None:
    """Write rows under column names, folded between words; one below the other where narrow."""
    room = (_width() if sys.stdout.isatty() else _PIPED_WIDTH) - indent
    widths = _fold(columns, rows, room)
    if widths is None:
        _stack(columns, rows, indent)
        return
    for line in _table(columns, rows, widths, indent).splitlines():
        _write(line.rstrip() + "\n")


def values(named: Sequence[tuple[str, str]]) -> None:
    """Write values with their names, one a line."""
    longest = max(len(name) for name, _ in named)
    for name, value in named:
        say(f"{name:{longest}}  {value}")


def write(text: str) -> None:
    """Write text as it is, but for what a terminal would obey and what it cannot show."""
    speaks_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    if sys.stdout.isatty() or not speaks_unicode:
        text = "".join(c if c.isascii() else json.dumps(c)[1:-1] for c in text)
    _write(text)


def finish() -> None:
    """Hand over what was written; a reader that has gone is no fault."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _write_nowhere()


def give_up() -> None:
    """Leave out what cannot be written, so that Python does not try again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        _write_nowhere()


def sources(cites: "Sequence[Cite]") -> str:
    """Name the sources of an answer shortly, each once, with what is not simply stated."""
    seen: dict[str, str] = {}
    for cite in cites:
        mark = "" if cite.kind == "stated" else f" ({cite.kind})"
        name = "local decision" if cite.kind == "local" else f"{cite.source}{mark}"
        seen.setdefault(name, name)
    return "; ".join(seen)


def _write(text: str) -> None:
    """Write to standard output; once nobody reads, as after `| head -1`, to nowhere.

    The command goes on: its exit code is part of the answer.
    """
    try:
        sys.stdout.write(text)
    except BrokenPipeError:
        _write_nowhere()


def _write_nowhere() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def columns() -> int | None:
    """Give the width of the terminal; None where a program or a file reads."""
    return _width() if sys.stdout.isatty() else None


def _folded(text: str, stream: TextIO) -> str:
    if not stream.isatty():
        return text
    return "\n".join(_wrapped(line) for line in text.split("\n"))


def _wrapped(line: str) -> str:
    if len(line) < _width():
        return line
    margin = " " * (len(line) - len(line.lstrip()))
    folded = textwrap.wrap(
        line.strip(),
        _width() - 1,
        initial_indent=margin,
        subsequent_indent=margin + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(folded)


def _width() -> int:
    return max(_NARROWEST, shutil.get_terminal_size().columns)


def _fold(columns: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Find column widths that fit without breaking a word; None where there are none."""
    cells = list(zip(columns, *rows, strict=True))
    least = [max(len(word) for cell in column for word in cell.split() or [""]) for column in cells]
    widths = [max(len(cell) for cell in column) for column in cells]
    room -= 2 * len(columns)
    if sum(least) > room:
        return None
    while sum(widths) > room:
        # The widest column that can still fold gives way to all others.
        _, widest = max((w, i) for i, w in enumerate(widths) if w > least[i])
        widths[widest] -= 1
    return widths


def _stack(columns: Sequence[str], rows: Sequence[Sequence[str]], indent: int) -> None:
    """Write every row as a small block: its first cell, then the others with their names."""
    margin = " " * indent
    for first, *others in rows:
        say(margin + first)
        for column, cell in zip(columns[1:], others, strict=True):
            if cell:
                say(f"{margin}  {column}: {cell}" if column else f"{margin}  {cell}")


def _table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], indent: int
) -> str:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column, width in zip(columns, widths, strict=True):
        shown.add_column(column, overflow="fold", width=width)
    paint = _styled if sys.stdout.isatty() else _plain
    for row in rows:
        shown.add_row(*(paint(cell) for cell in row))
    room = indent + sum(widths) + 2 * len(widths)
    console = Console(file=sys.stdout, width=room, highlight=False)
    with console.capture() as capture:
        console.print(Padding(shown, (0, 0, 0, indent)))
    return capture.get()


_STYLES = {
    "clear": "green",
    "met": "green",
    "done": "green",
    "caution": "yellow",
    "open": "yellow",
    "hold": "bold red",
    "stop": "bold red",
    "unknown": "red",
    "not_met": "red",
    "not met": "red",
    "overdue": "bold red",
    "missed": "red",
    "urgent": "bold red",
    "emergency": "bold white on red",
}


def _styled(cell: str) -> Any:
    from rich.text import Text

    return Text(cell, style=_STYLES.get(cell, ""))


def _plain(cell: str) -> Any:
    from rich.text import Text

    return Text(cell)
