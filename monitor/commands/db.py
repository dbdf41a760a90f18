"""The database: bring its schema up to date, say how it stands."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.options import Db, Json, need_file, now

app = typer.Typer(no_args_is_help=True, help="The database: schema, state, backups.")


@app.command("upgrade")
def upgrade(db: Db = None) -> None:
    """Bring the schema up to date, and work out every check anew; a new database is created.

    It may be stopped: what is done is kept, and the next upgrade, or the service, does the rest.

    Example: monitor db upgrade --db sqlite:///clinic.db
    """
    from monitor.bootstrap import has_database, upgrade_database
    from monitor.commands.opening import note_created, note_silence
    from monitor.commands.progress import progress
    from monitor.commands.render import say
    from monitor.errors import OutsideError

    is_new = not has_database(db)
    with progress("recalculating checks") as show:
        newest, done = upgrade_database(db, now=now(), show=show)
    say(f"the schema is current ({newest}); checks recalculated for {done.patients} patients")
    if is_new:
        note_created(db)
    _note_untold(db)  # a newer version may refuse what an older one sent over
    note_silence(db)
    if done.unusable:
        raise OutsideError("\n".join(["not those of", *done.unusable]))


@app.command("status")
def status(db: Db = None, json: Json = False) -> None:
    """Say where the database is, and whether its schema is current. Exit code 1: it is not.

    Example: monitor db status
    """
    from monitor.bootstrap import database_standing
    from monitor.commands import render
    from monitor.commands.opening import note_silence

    answer = database_standing(db)
    note_silence(db)
    if json:
        render.document(answer)
    else:
        render.values([(k, "not known" if v is None else str(v)) for k, v in answer.items()])
    if answer["schema"] not in ("current", "none yet"):
        raise typer.Exit(1)


@app.command("verify")
def verify(
    head: Annotated[
        str | None, typer.Option(metavar="HEAD", help="A head or code reported earlier.")
    ] = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Verify every chain of facts and everything stored. Exit code 1: something is wrong.

    Keep the code that it reports elsewhere: given back later with --head, it shows whether facts
    were changed or cut off since. Operators get one with each daily message, and heads.txt beside
    the scheduled backups lists them.

    Example: monitor db verify
    """
    from monitor.commands import render
    from monitor.commands.opening import verifying
    from monitor.commands.progress import progress
    from monitor.service.operating.verify import verify as verify_record

    with verifying(db) as connection, progress("verifying") as shown:
        found = verify_record(connection, now=now(), head=head, show=shown)
    if json:
        render.document(found.document())
    else:
        for words in found.words:
            render.say(words)
        render.say(f"head {found.head}\ncode {found.code}")
    if not found.well:
        raise typer.Exit(1)


@app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A name that is not taken.")],
    db: Db = None,
    json: Json = False,
) -> None:
    """Back the database up while it is in use; the backup is verified before it counts.

    Example: monitor db backup monday.db
    """
    from monitor.bootstrap.backups import back_up
    from monitor.commands import render
    from monitor.commands.opening import note_silence
    from monitor.commands.progress import progress

    with progress("backing up") as shown:
        differing = back_up(db, file, now=now(), show=shown)
    for words in differing:
        render.note(f"monitor: {words}")
    note_silence(db)
    if json:
        render.document({"file": str(file), "verified": True})
    else:
        render.say(f"backed up to {file}, verified")


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    db: Db = None,
    json: Json = False,
) -> None:
    """Put a backup in the database's place; what was there is kept beside it.

    Reminders of which the backup does not know that they were sent are sent again.

    Example: monitor db restore monday.db
    """
    from monitor.bootstrap.backups import restore as put_back
    from monitor.commands import render
    from monitor.commands.opening import note_silence
    from monitor.commands.progress import progress

    need_file(file)
    with progress("restoring") as shown:
        kept = put_back(db, file, now=now(), show=shown)
    _note_untold(db)
    note_silence(db)
    if json:
        render.document({"file": str(file), "kept": str(kept) if kept else None})
        return
    render.say(f"restored {file}" + (f"; what was there is kept as {kept}" if kept else ""))


def _note_untold(db: str | None) -> None:
    from monitor.bootstrap.health import untold
    from monitor.commands.render import note

    for words in untold(db):
        note(f"monitor: {words}")
