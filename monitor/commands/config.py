"""The settings in force: which, and who says so."""

from pathlib import Path

import typer

from monitor.commands.options import Db, Json

# Of the contract, for pages and inboxes, which this version does not have.
_UNUSED = ("inbox", "codes", "base_url")

app = typer.Typer(no_args_is_help=True, help="Which database, policy and site settings count.")


@app.command("show")
def show(
    db: Db = None,
    json: Json = False,
) -> None:
    """Show every setting in force, and whether option, environment, file or default says so.

    Each is taken from the first that names it, in this order.

    Example: monitor config show
    """
    from monitor.bootstrap import database_name, has_database, settings
    from monitor.commands import render
    from monitor.service.input.slip import site_faults

    found = settings(db)
    for words in site_faults(found.units):
        render.note(f"monitor: {found.file}: {words}")
    for key in ("policy", "protocols"):
        one = found.named[key]
        if one.value and one.whence != "default" and not Path(one.value).exists():
            render.note(f"monitor: {key}: there is no {one.value}")
    rows = [
        (key, database_name(db) if key == "db" else one.value, one.whence)
        for key, one in found.named.items()
    ]
    rows += [(f"units.{code}", unit, f"file ({found.file})") for code, unit in found.units.items()]
    unused = [key for key, value, _ in rows if value and key.partition(".")[0] in _UNUSED]
    if json:
        named = {key: {"value": value, "whence": whence} for key, value, whence in rows}
        render.document({"file": str(found.file), "settings": named, "unused": unused})
        return
    render.table(("setting", "value", "from"), [(k, v or "none", w) for k, v, w in rows])
    if unused:
        render.say(f"not used in this version: {', '.join(unused)}")
    if not has_database(db):
        render.say(f"there is no database {database_name(db)} yet")
    if not found.file.exists():
        render.say(f"there is no file {found.file}; settings in it would apply to every command")
