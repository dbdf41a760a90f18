"""The site's policy: show the one in use, check a file."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.options import Json, need_file
from monitor.commands.silence import NoDb

app = typer.Typer(no_args_is_help=True, help="Who is told what, and when: the site's policy.")


@app.command("show")
def show(db: NoDb = None, json: Json = False) -> None:
    """Show the policy in use: the file that MONITOR_POLICY names, else the one that ships.

    Example: monitor policy show > policy.toml
    """
    from monitor.commands import render
    from monitor.wiring import policy_text

    text = policy_text(None)
    if json:
        import tomllib

        render.document(tomllib.loads(text))
        return
    for line in text.splitlines():
        render.raw(line)


@app.command("check")
def check(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Default: the policy in use.")
    ] = None,
    db: NoDb = None,
    json: Json = False,
) -> None:
    """Check a policy and name every fault. Exit code 1: faults were found.

    Example: monitor policy check policy.toml
    """
    from monitor import policy
    from monitor.commands import render
    from monitor.errors import PolicyError
    from monitor.wiring import policy_text

    if file is not None:
        need_file(file)
    text = policy_text(file)
    faults: list[str] = []
    try:
        policy.parse(text, str(file or "the policy in use"))
    except PolicyError as found:
        faults = found.faults
    if json:
        render.document({"well": not faults, "faults": faults})
    else:
        for fault in faults:
            render.say(fault)
        if not faults:
            render.say(f"{file or 'the policy in use'}: no fault found")
    if faults:
        raise typer.Exit(1)
