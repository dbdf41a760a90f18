"""Contacts: who is told about a patient, or about everybody, and how."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.commands.options import By, Db, Json, recorder

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from monitor.store.contacts import Contact

app = typer.Typer(no_args_is_help=True, help="Who is told about a patient, and how.")

Maybe = Annotated[str | None, typer.Argument(metavar="[PATIENT]", help="Leave out with --clinic.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="See: monitor contact list.")]
Confirm = Annotated[
    bool, typer.Option("--confirm", help="Private detail over a line that others may read.")
]
_ROLE = "patient, nurse, prescriber, pharmacist or operator."
_URL = (
    "console:, smtp://host:port/?from=A&to=B, webhook+https://…, an Apprise URL;"
    " env:NAME or file:PATH where it stands, or {env:NAME} and {file:PATH} in it, so that its"
    " secrets are not stored; relay:NAME?to=ADDRESS, a relay of the policy."
)


@app.command("add")
def add(
    role: Annotated[str, typer.Option(metavar="ROLE", help=_ROLE)],
    name: Annotated[str, typer.Option(metavar="NAME", help="The person or the place.")],
    channel: Annotated[str, typer.Option(metavar="URL", help=_URL)],
    patient: Maybe = None,
    clinic: Annotated[
        bool,
        typer.Option("--clinic", help="About everybody whose own contacts lack this role."),
    ] = False,
    private: Annotated[
        bool, typer.Option("--private", help="Clinical detail may be sent over this channel.")
    ] = False,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Default: the patient's.")
    ] = None,
    confirm: Confirm = False,
    by: By = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Add somebody who is told. A second channel of the same role and name is tried after it.

    Whom the clinic names (--clinic) is told about everybody whose own contacts lack the role.

    Example: monitor contact add --clinic --role nurse --name "Ward 3" --channel console:
    """
    from monitor.bootstrap.health import arrival_unknown
    from monitor.commands import render
    from monitor.commands.opening import recording
    from monitor.commands.options import now
    from monitor.errors import Refused
    from monitor.service.recording.contacts import add_contact
    from monitor.store.clinic import CLINIC

    if clinic and patient is not None:
        raise Refused("PATIENT or --clinic, not both")
    if not clinic and patient is None:
        raise Refused("name a PATIENT, or give --clinic: told about everybody")
    is_blind = _open(channel, needs_secrecy=private and not confirm)
    with recording(db) as connection:
        added = add_contact(
            connection,
            patient=CLINIC if patient is None else patient,
            role=role,
            name=name,
            channel=channel,
            is_private=private,
            timezone=timezone,
            by=recorder(by),
            now=now(),
        )
        whose = _whose(connection, added.contact)
    if is_blind:
        render.note(f"monitor: {arrival_unknown(added.contact.number, name)}")
    if json:
        render.document(added)
        return
    render.say(_told(added.contact, whose, after=added.after))


@app.command("list")
def list_contacts(
    patient: Annotated[
        str | None, typer.Argument(metavar="[PATIENT]", help="Leave out for everybody.")
    ] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show the addresses whole.")] = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """List who is told, and who cannot be. Channels are shown without their secrets.

    Example: monitor contact list P-017
    """
    from monitor.bootstrap.health import blind_ones, told_nothing
    from monitor.commands import render
    from monitor.commands.opening import asking
    from monitor.delivery.channels import reaches
    from monitor.service.asking.cases import unknown_patient
    from monitor.service.asking.documents import document
    from monitor.service.asking.redaction import redacted
    from monitor.service.asking.told import filled_by_clinic
    from monitor.store import contacts, facts
    from monitor.store.clinic import CLINIC

    with asking(db) as connection:
        if patient is not None and not facts.is_known(connection, patient):
            raise unknown_patient(connection, patient)
        known = {*facts.patients(connection), CLINIC}
        listed = contacts.list_contacts(connection, patient)
        if patient is not None:
            clinic = contacts.of_clinic(connection).contacts
            listed += filled_by_clinic(listed, clinic, reaches)
    closed = told_nothing([one for one in listed if one.patient in known], db)
    # Of a damaged one, what stands there may be anything.
    found = [
        one if one.patient in known else replace(one, patient="cannot be read") for one in listed
    ]
    shown = {one.number: one.channel if reveal else redacted(one.channel) for one in found}
    if json:
        told = [
            {**document(one), "channel": shown[one.number], "told": one.number not in closed}
            for one in found
        ]
        render.document({"contacts": told})
        return
    if not found:
        render.say("no contacts; type: monitor contact add")
        return
    render.table(
        ("contact", "patient", "role", "name", "channel", "detail", "zone"),
        [
            (
                str(one.number),
                one.patient,
                one.role,
                one.name,
                shown[one.number],
                "told nothing" if one.number in closed else "private" if one.is_private else "",
                one.timezone or "",
            )
            for one in found
        ],
    )
    for words in (*closed.values(), *blind_ones(listed)):
        render.note(f"monitor: {words}")


@app.command("change")
def change(
    contact: Number,
    role: Annotated[str | None, typer.Option(metavar="ROLE", help=_ROLE)] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    channel: Annotated[str | None, typer.Option(metavar="URL", help="As in add.")] = None,
    private: Annotated[
        bool | None,
        typer.Option("--private/--not-private", help="Whether clinical detail may be sent."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help='"": the patient\'s.')
    ] = None,
    confirm: Confirm = False,
    by: By = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Change a contact: what waits for it, and what is urgent, goes to where it is now.

    Example: monitor contact change 3 --channel console:
    """
    from monitor.bootstrap.health import arrival_unknown
    from monitor.commands import render
    from monitor.commands.opening import asking, recording
    from monitor.commands.options import now
    from monitor.service.recording.contacts import change_contact, find_contact

    with asking(db) as connection:
        found = find_contact(connection, contact)
    url = channel or found.channel
    is_private = found.is_private if private is None else private
    is_newly_told = channel is not None or private is not None
    is_blind = is_newly_told and _open(url, needs_secrecy=is_private and not confirm)
    with recording(db) as connection:
        changed = change_contact(
            connection,
            contact,
            role=role,
            name=name,
            channel=channel,
            is_private=private,
            timezone=timezone,
            by=recorder(by),
            now=now(),
        )
        whose = _whose(connection, changed)
    if is_blind:
        render.note(f"monitor: {arrival_unknown(contact, changed.name)}")
    if json:
        render.document(changed)
        return
    render.say(_told(changed, whose))


@app.command("remove")
def remove(contact: Number, by: By = None, db: Db = None, json: Json = False) -> None:
    """Remove a contact: nothing is sent there any more.

    Example: monitor contact remove 3
    """
    from monitor.commands import render
    from monitor.commands.opening import recording
    from monitor.commands.options import now
    from monitor.service.recording.contacts import remove_contact

    with recording(db) as connection:
        removed = remove_contact(connection, contact, by=recorder(by), now=now())
        whose = _whose(connection, removed) if removed.is_clinics else removed.patient
    if json:
        render.document(removed)
        return
    render.say(f"removed contact {contact}: {removed.name} about {whose}")


def _open(channel: str, *, needs_secrecy: bool) -> bool:
    """Open a channel, to see that it can be; says whether nobody ever knows what arrives."""
    from monitor.bootstrap.health import relays_for
    from monitor.delivery.channels import open_channel, why_readable
    from monitor.errors import Refused

    relays = relays_for(channel)
    opened = open_channel(channel, relays)
    readable = why_readable(channel, opened, relays) if needs_secrecy else None
    if readable is not None:
        raise Refused(
            f"{readable}, and --private sends names and findings over it; choose an encrypted "
            "channel, leave --private out, or add --confirm"
        )
    return opened.is_blind


def _whose(connection: "Connection", one: "Contact") -> str:
    from monitor.service.asking.identity import persons

    if one.is_clinics:
        return f"everybody who has no {one.role} of their own"
    return persons(connection, [one.patient])[one.patient].shown


def _told(one: "Contact", whose: str, *, after: int | None = None) -> str:
    """Say who is told about whom, and how."""
    from monitor.service.asking.redaction import redacted

    detail = "with clinical detail" if one.is_private else "without clinical detail"
    over = redacted(one.channel)
    who = f"{one.name} ({one.role})"
    how = f"is told about {whose} over {over}, {detail}"
    if one.is_clinics:
        how = f"is told about {whose}, over {over}, {detail}"
    if after is not None:
        how = f"about {whose}, {over}, tried after contact {after}, {detail}"
        who = f"a second channel of {who}"
    return f"contact {one.number}: {who} {how}"
