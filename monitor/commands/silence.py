"""The option of commands that need no database: they warn too where nobody sends reminders."""

from typing import Annotated

import typer


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
