"""The site's policy: show the one in use, check a file."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.options import Json, need_file
from monitor.commands.usual import NoDb

app = typer.Typer(no_args_is_help=True, help="Who is told what, and when: the site's policy.")


@app.command("show")
def show(db: NoDb = None, json: Json = False) -> None:
    """Show the policy in use: the file that MONITOR_POLICY names, else the one that ships.

    Example: monitor policy show > policy.toml
    """
    from monitor.bootstrap import policy_text
    from monitor.commands import render

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
    from monitor.bootstrap import policy_text, settings
    from monitor.bootstrap.health import faults_in_words, faults_of
    from monitor.commands import render
    from monitor.errors import PolicyError

    if file is not None:
        need_file(file)
    text = policy_text(file)
    faults: list[str] = []
    name = str(file or "the policy in use")
    try:
        folder = (file or settings().policy or Path()).parent
        parsed = policy.with_languages(policy.parse(text, name), folder, name)
        faults = _never_used(parsed.lead_days, name)
        unusable = faults_of(parsed.relays)
        faults += [f"{name}: relays.{relay}: {why}" for relay, why in unusable.items()]
        told, unseen = faults_in_words(parsed, db)
        faults += [f"{name}: {why}" for why in told]
        if unseen is not None:
            render.note(f"monitor: names on record were not looked for in [words]: {unseen}")
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


def _never_used(leads: Iterable[str], name: str) -> list[str]:
    """Name the checks of a policy that no protocol has: what is written for them never acts."""
    from monitor import protocols
    from monitor.domain.rules.kinds import SECTIONS

    known = [rule.name for word in protocols.names() for rule in protocols.load(word).checks]
    unread = "".join(f"; {words}" for words in protocols.read_site().words())
    return [
        f"{name}: lead_days.{lead}: no protocol has a check of this name{unread}"
        for lead in leads
        if lead not in known and lead not in SECTIONS["checks"]
    ]
