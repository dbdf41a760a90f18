"""Contacts: who is told about a patient, or about everybody, and how."""

import contextlib
import sys
from typing import Annotated

import typer

from monitor.commands.options import By, Db, Json, recorder

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
    from monitor.commands.contact_words import open_for, told_of, whose_of
    from monitor.commands.opening import recording
    from monitor.commands.options import now
    from monitor.errors import Refused
    from monitor.service.recording.contacts import add_contact
    from monitor.store.clinic import CLINIC

    if clinic and patient is not None:
        raise Refused("PATIENT or --clinic, not both")
    if not clinic and patient is None:
        raise Refused("name a PATIENT, or give --clinic: told about everybody")
    channel, is_blind = open_for(channel, needs_secrecy=private and not confirm)
    with recording(db, creates=clinic) as connection:
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
        whose = whose_of(connection, added.contact)
    if is_blind:
        render.note(f"monitor: {arrival_unknown(added.contact.number, name)}")
    if json:
        render.document(added)
        return
    render.say(told_of(added.contact, whose, after=added.after))


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
    from monitor.commands.contact_words import show
    from monitor.commands.opening import asking
    from monitor.delivery.channels import reaches
    from monitor.service.asking.cases import unknown_patient
    from monitor.service.asking.identity import persons
    from monitor.service.asking.told import filled_by_clinic
    from monitor.store import contacts, facts
    from monitor.store.clinic import CLINIC

    with asking(db) as connection:
        if patient is not None and not facts.is_known(connection, patient):
            raise unknown_patient(connection, patient)
        whose = persons(connection, facts.patients(connection))
        known = {CLINIC: CLINIC, **{who: person.shown for who, person in whose.items()}}
        listed = contacts.list_contacts(connection, patient)
        if patient is not None:
            clinic = contacts.of_clinic(connection).contacts
            listed += filled_by_clinic(listed, clinic, reaches)
    show(listed, known, db, reveal=reveal, json=json)


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
    from monitor.commands.contact_words import open_for, told_of, whose_of
    from monitor.commands.opening import asking, recording
    from monitor.commands.options import now
    from monitor.service.recording.contacts import change_contact, find_contact

    with asking(db) as connection:
        found = find_contact(connection, contact)
    url = channel or found.channel
    is_private = found.is_private if private is None else private
    is_blind = False
    if channel is not None or private is not None:
        url, is_blind = open_for(url, needs_secrecy=is_private and not confirm)
    with recording(db) as connection:
        changed = change_contact(
            connection,
            contact,
            role=role,
            name=name,
            channel=None if channel is None else url,
            is_private=private,
            timezone=timezone,
            by=recorder(by),
            now=now(),
        )
        whose = whose_of(connection, changed)
    if is_blind:
        render.note(f"monitor: {arrival_unknown(contact, changed.name)}")
    if json:
        render.document(changed)
        return
    render.say(told_of(changed, whose))


@app.command("test")
def try_out(contact: Number, db: Db = None, json: Json = False) -> None:
    """Send one test message now, without clinical detail. Exit code 1: nobody took it.

    Example: monitor contact test 3
    """
    from monitor.bootstrap.health import relays_for
    from monitor.commands import render
    from monitor.commands.opening import asking
    from monitor.commands.options import now
    from monitor.delivery.probe import send_test
    from monitor.service.asking.redaction import redacted
    from monitor.service.recording.contacts import find_contact

    with asking(db) as connection:
        found = find_contact(connection, contact)
    over = redacted(found.channel)
    relays = relays_for(found.channel)
    with contextlib.redirect_stdout(sys.stderr if json else sys.stdout):  # of console: channels
        why = send_test(contact, found.channel, relays, now=now())
    if json:
        render.document({"contact": contact, "taken": why is None, "error": why})
    elif why is None:
        render.say(f"{over} took it; ask {found.name} whether it can be read")
    else:
        render.say(f"{over} did not take it: {why}")
    if why is not None:
        raise typer.Exit(1)


@app.command("remove")
def remove(contact: Number, by: By = None, db: Db = None, json: Json = False) -> None:
    """Remove a contact: nothing is sent there any more.

    Example: monitor contact remove 3
    """
    from monitor.commands import render
    from monitor.commands.contact_words import whose_of
    from monitor.commands.opening import recording
    from monitor.commands.options import now
    from monitor.service.recording.contacts import left_untold, remove_contact

    with recording(db) as connection:
        removed = remove_contact(connection, contact, by=recorder(by), now=now())
        whose, is_missed = whose_of(connection, removed), left_untold(connection, removed)
    if is_missed:
        who = f"no {removed.role} of the clinic" if removed.is_clinics else "nobody"
        render.note(f"monitor: {who} is told about {whose} any more; see: monitor contact add")
    if json:
        render.document(removed)
        return
    render.say(f"removed contact {contact}: {removed.name} about {whose}")
