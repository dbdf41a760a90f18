"""Answers as people read them: tables on a terminal, plain aligned lines when piped."""

import json
import sys
from collections.abc import Sequence
from typing import Any

_PIPED_WIDTH = 4000  # lines are not folded for a reader that is a program


def say(text: str = "") -> None:
    """Write a line to standard output."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """Write a line to standard error: words beside the answer."""
    sys.stderr.write(text + "\n")


def document(answer: Any) -> None:
    """Write one JSON document to standard output."""
    json.dump(answer, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, indent: int = 0) -> None:
    """Write rows under column names, folded to the terminal's width."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table

    is_terminal = sys.stdout.isatty()
    shown = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        shown.add_column(column, overflow="fold", no_wrap=not is_terminal)
    for row in rows:
        shown.add_row(*(_styled(cell) if is_terminal else _plain(cell) for cell in row))
    console = Console(file=sys.stdout, width=None if is_terminal else _PIPED_WIDTH, highlight=False)
    with console.capture() as capture:
        console.print(Padding(shown, (0, 0, 0, indent)))
    for line in capture.get().splitlines():
        say(line.rstrip())


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


def sources(cites: Sequence[dict[str, Any]]) -> str:
    """Name the sources of an answer shortly, each once, with what is not simply stated."""
    seen: dict[str, str] = {}
    for cite in cites:
        mark = "" if cite["kind"] == "stated" else f" ({cite['kind']})"
        name = "local decision" if cite["kind"] == "local" else f"{cite['source']}{mark}"
        seen.setdefault(name, name)
    return "; ".join(seen)
