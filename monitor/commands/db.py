"""The database: bring its schema up to date, say how it stands."""

import typer

from monitor.commands.options import Db, Json

app = typer.Typer(no_args_is_help=True, help="The database: schema and state.")


@app.command("upgrade")
def upgrade(db: Db = None) -> None:
    """Bring the schema up to date; a new database is created.

    Example: monitor db upgrade --db sqlite:///clinic.db
    """
    from monitor.commands.render import say
    from monitor.store import schema
    from monitor.wiring import open_database

    engine = open_database(db, create=True)
    schema.upgrade(engine)
    engine.dispose()
    say(f"the schema is current ({schema.HEAD})")


@app.command("status")
def status(db: Db = None, json: Json = False) -> None:
    """Say where the database is, and whether its schema is current. Exit code 1: it is not.

    Example: monitor db status
    """
    from monitor.commands import render
    from monitor.wiring import database_standing

    answer = database_standing(db)
    if json:
        render.document(answer)
    else:
        render.table(("", ""), [(key, str(value)) for key, value in answer.items()])
    if answer["schema"] not in ("current", "none yet"):
        raise typer.Exit(1)
