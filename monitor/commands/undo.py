"""Undo: take back what was just recorded."""

import sys

import typer

from monitor.commands.options import By, Db, Json, now, recorder


def undo(by: By = None, db: Db = None, json: Json = False) -> None:
    """Take back the last fact that somebody recorded, within an hour. On a terminal it asks first.

    What came with it, from one line or file, stays and is named. Older: monitor retract EVENT.

    Example: monitor undo --by "Nurse A"
    """
    from monitor import bootstrap
    from monitor.commands import render
    from monitor.commands.opening import asking, recording
    from monitor.commands.recording import followed, show_recorded
    from monitor.service.asking.history import fact_words
    from monitor.service.recording import undoing

    who, last = recorder(by), None
    if sys.stdin.isatty() and not json:
        # Its warnings about the database are said once: by what records, or where there is none.
        with (bootstrap.asking if bootstrap.has_database(db) else asking)(db) as connection:
            last = undoing.find_last(connection, who, now=now())
        render.say(f"the last of {who} is {last.shown}")
        # Nobody is kept from recording meanwhile.
        if not typer.confirm("take it back?"):
            render.say("nothing was taken back")
            return
    with recording(db) as connection:
        last = last or undoing.find_last(connection, who, now=now())
        entry = undoing.undo(connection, last, by=who, now=now())
        was = fact_words(entry.replaced)
        echo = followed(connection, entry, old=was)
    if last.staying:
        render.note(f"monitor: {last.staying}")
    show_recorded(echo, json=json, said=f"took back event {last.row.event}: {was}, of")
