"""Protocols: list, show as a page to sign, check, compare, play through."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.commands.options import Json, need_day, need_file, protocol_names
from monitor.commands.paging import paged
from monitor.commands.usual import NoDb

if TYPE_CHECKING:
    from monitor.domain.protocol import Protocol

app = typer.Typer(no_args_is_help=True, help="The protocols: list, show, check, write, compare.")


def _one_of_them(metavar: str, words: str) -> Any:
    return typer.Argument(metavar=metavar, help=words, autocompletion=protocol_names)


@app.command("list")
def list_protocols(db: NoDb = None, json: Json = False) -> None:
    """List the protocols that ship, and your own. Exit code 1: one of these cannot be used.

    Example: monitor protocol list
    """
    from monitor import protocols
    from monitor.commands import render
    from monitor.service.asking.documents import pick

    site = protocols.read_site()
    found = [*map(protocols.load, protocols.names()), protocols.every_patient()]
    if json:
        names = "name version status reviewed drug brands jurisdiction title digest"
        listed = [{**pick(one, names), "site": one.name in site.protocols} for one in found]
        render.document({"protocols": listed, "faults": site.words()})
    else:
        reviewed = {True: "reviewed", False: "draft, not clinically reviewed"}
        own = site.protocols
        whose = {p.name: ["site" if p.name in own else "shipped"] for p in found if own}
        rows = [
            [p.name, p.version, *whose.get(p.name, ()), reviewed[p.reviewed], p.title]
            for p in found
        ]
        source = ["from"] if own else []
        with paged():
            render.table(["protocol", "version", *source, "status", "title"], rows)
    for words in site.words():
        render.note(f"monitor: {words}")
    if site.faults:
        raise typer.Exit(1)


@app.command("show")
@paged()
def show(
    name: Annotated[str, _one_of_them("NAME", "A protocol, drug or brand name, or a file.")],
    db: NoDb = None,
    json: Json = False,
) -> None:
    """Show a protocol as a page that a clinician can check and sign.

    Example: monitor protocol show PROTOCOL
    """
    from monitor.commands import render, sheets
    from monitor.library.page import page_of

    pages = [page_of(protocol) for protocol in _meant(name)]
    if json:
        render.document(pages[0] if len(pages) == 1 else {"protocols": pages})
        return
    for page in pages:
        sheets.show_page(page)


@app.command("check")
def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Protocol files, or names of your own.")
    ],
    db: NoDb = None,
    json: Json = False,
) -> None:
    """Find every mistake in protocol files. Exit code 1: there is one.

    Example: monitor protocol check ours.yaml
    """
    from monitor import protocols
    from monitor.commands import render

    faults: list[str] = []
    for file in map(protocols.file_meant, files):
        need_file(file)
        faults += protocols.check_file(file)
    if json:
        render.document({"well": not faults, "faults": faults})
    elif faults:
        for fault in faults:
            render.say(fault)
    else:
        render.say(f"no mistake found in {len(files)} file{'s' if len(files) > 1 else ''}")
    if faults:
        raise typer.Exit(1)


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits, hyphens.")],
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="NAME",
            help="The protocol to start from, or a file.",
            autocompletion=protocol_names,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Default: NAME.yaml in the folder of your own."),
    ] = None,
    db: NoDb = None,
    json: Json = False,
) -> None:
    """Write a protocol of your own to start from: a draft that says what another one says.

    Example: monitor protocol new ours --from PROTOCOL
    """
    from monitor.commands import render
    from monitor.library import begin

    path, found = begin.place_for(name, out), _one(source)
    begin.write_new(path, begin.begin(name, found))
    if json:
        told = {"file": str(path), "protocol": name, "version": begin.FIRST, "from": found.name}
        render.document(told)
        return
    render.say(f"wrote {path}: {name} {begin.FIRST}, as {found.name} {found.version} says")
    render.say(f"change it, then type: monitor protocol check {path}")


@app.command("diff")
@paged()
def diff(
    first: Annotated[str, _one_of_them("A", "A protocol's name, or a file.")],
    second: Annotated[str, _one_of_them("B", "Another one.")],
    db: NoDb = None,
    json: Json = False,
) -> None:
    """Show how two protocols differ: rules, numbers, words, sources, kinds of evidence.

    Example: monitor protocol diff PROTOCOL ours.yaml
    """
    from monitor import protocols
    from monitor.commands import render, sheets
    from monitor.library.compare import compare

    one, other = _one(first), _one(second)
    texts = (protocols.text_of(one.digest), protocols.text_of(other.digest))
    found = compare(one, other, texts=texts)
    render.show(found, sheets.show_comparison, json=json)


@app.command("simulate")
@paged()
def simulate(
    name: Annotated[str, _one_of_them("NAME", "A protocol's name, or a file.")],
    start: Annotated[
        str, typer.Option(metavar="DATE", help="The first infusion, or first day with the drug.")
    ],
    infusions: Annotated[
        int | None, typer.Option(metavar="N", help="How many infusions are given.")
    ] = None,
    every: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Time between them, e.g. '3 months'.")
    ] = None,
    dose: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DATE=MG",
            help="Of a daily drug: from this day so many mg a day; or interrupt, resume, stop; "
            "may be repeated.",
        ),
    ] = None,
    years: Annotated[int, typer.Option(metavar="N", help="How long the calendar is.")] = 10,
    sex: Annotated[
        str | None, typer.Option(metavar="SEX", help="female or male; else not recorded.")
    ] = None,
    db: NoDb = None,
    json: Json = False,
) -> None:
    """Play a protocol through for a made-up patient: all that comes due, for years.

    Example: monitor protocol simulate PROTOCOL --start 2025-01-10 --infusions 4 --every "3 months"
    """
    from monitor import protocols
    from monitor.commands import render, sheets
    from monitor.library.scenario import make_scenario
    from monitor.library.simulate import simulate as play_through

    protocol = _one(name)
    scenario = make_scenario(
        protocol,
        start=need_day(start, "--start"),
        years=years,
        sex=sex,
        infusions=infusions,
        every=every,
        doses=dose or (),
    )
    found = play_through(protocol, protocols.catalogue(), scenario)
    render.show(found, sheets.show_simulation, json=json)


def _one(word: str) -> "Protocol":
    """Find the one protocol that a name or a file means."""
    from monitor.errors import NotSaid

    found = _meant(word)
    if len(found) > 1:
        raise NotSaid(f"'{word}' means {', '.join(p.name for p in found)}; name one of them")
    return found[0]


def _meant(word: str) -> "list[Protocol]":
    """Find the protocols that a name, a drug, a brand name or a file means."""
    from monitor import protocols
    from monitor.commands.render import note
    from monitor.errors import BadFile, NotFound, ProtocolError

    if _is_file(word):
        need_file(Path(word))
        try:
            return [protocols.read_file(Path(word))]
        except ProtocolError as fault:
            number = f"{len(fault.faults)} mistake" + "s" * (len(fault.faults) > 1)
            raise BadFile(f"{word}: {number}; type: monitor protocol check {word}") from fault
    if word.casefold() == protocols.EVERY_PATIENT:
        return [protocols.every_patient()]
    names = protocols.find(word)
    if not names and (why := protocols.read_site().word_of(word)):
        raise BadFile(why)
    if not names:
        raise NotFound(f"no protocol '{word}'; there is {protocols.choice()}")
    for why in filter(None, map(protocols.read_site().word_of, names)):
        note(f"monitor: {why}")
    return [protocols.load(name) for name in names]


def _is_file(word: str) -> bool:
    return Path(word).suffix in (".yaml", ".yml") or "/" in word
