"""Protocols: list those that ship, show one as a page to sign, check files."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.options import Json, NoDb, need_file

app = typer.Typer(no_args_is_help=True, help="The protocols: list, show, check.")


@app.command("list")
def list_protocols(db: NoDb = None, json: Json = False) -> None:
    """List the protocols that ship.

    Example: monitor protocol list
    """
    from monitor import protocols
    from monitor.commands import render

    found = [protocols.load(name) for name in protocols.names()]
    if json:
        render.document(
            {
                "protocols": [
                    {
                        "name": p.name,
                        "version": p.version,
                        "status": p.status,
                        "reviewed": p.reviewed,
                        "drug": p.drug,
                        "brands": list(p.brands),
                        "jurisdiction": p.jurisdiction,
                        "title": p.title,
                        "digest": p.digest,
                    }
                    for p in found
                ]
            }
        )
        return
    render.table(
        ("protocol", "version", "status", "title"),
        [(p.name, p.version, _status(p.reviewed), p.title) for p in found],
    )


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A protocol, drug or brand name.")],
    db: NoDb = None,
    json: Json = False,
) -> None:
    """Show a protocol as a page that a clinician can check and sign.

    Example: monitor protocol show PROTOCOL
    """
    from monitor import protocols
    from monitor.commands import page, render
    from monitor.errors import NotFound

    found = protocols.find(name)
    if not found:
        raise NotFound(f"no protocol '{name}'; there is {', '.join(protocols.names())}")
    pages = [page.protocol_page(protocols.load(known)) for known in found]
    if json:
        render.document(pages[0] if len(pages) == 1 else {"protocols": pages})
        return
    for content in pages:
        page.show_page(content)


@app.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Protocol files.")],
    db: NoDb = None,
    json: Json = False,
) -> None:
    """Find every mistake in protocol files. Exit code 1: there is one.

    Example: monitor protocol check ours.yaml
    """
    from monitor import protocols
    from monitor.commands import render
    from monitor.errors import ProtocolError

    faults: list[str] = []
    for file in files:
        need_file(file)
        try:
            protocols.read_file(file)
        except UnicodeDecodeError:
            faults.append(f"{file.name}:1: not UTF-8")
        except ProtocolError as found:
            faults += found.faults
    if json:
        render.document({"well": not faults, "faults": faults})
    elif faults:
        for fault in faults:
            render.say(fault)
    else:
        render.say(f"no mistake found in {len(files)} file{'s' if len(files) > 1 else ''}")
    if faults:
        raise typer.Exit(1)


def _status(reviewed: bool) -> str:
    return "reviewed" if reviewed else "draft, not clinically reviewed"
