"""Contacts: who is told about a patient, and how."""

from dataclasses import replace
from typing import Annotated

import typer

from monitor.commands.options import By, Db, Json, Patient, recorder

app = typer.Typer(no_args_is_help=True, help="Who is told about a patient, and how.")


@app.command("add")
def add(
    patient: Patient,
    role: Annotated[
        str,
        typer.Option(metavar="ROLE", help="patient, nurse, prescriber, pharmacist or operator."),
    ],
    name: Annotated[str, typer.Option(metavar="NAME", help="The person or the place.")],
    channel: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="console:, smtp://host:port/?from=A&to=B, webhook+https://…, an Apprise URL;"
            " env:NAME or file:PATH where it stands, so that its secrets are not stored;"
            " relay:NAME?to=ADDRESS, a relay of the policy.",
        ),
    ],
    private: Annotated[
        bool, typer.Option("--private", help="Clinical detail may be sent over this channel.")
    ] = False,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Default: the patient's.")
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Private detail over a line that others may read.")
    ] = False,
    by: By = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Add somebody who is told. A second channel of the same role and name is tried after it.

    Example: monitor contact add P-017 --role nurse --name "Ward 3" --channel console:
    """
    from monitor.bootstrap.health import arrival_unknown, relays_for
    from monitor.commands import render
    from monitor.commands.opening import recording
    from monitor.commands.options import now
    from monitor.delivery.channels import open_channel, why_readable
    from monitor.errors import Refused
    from monitor.service.asking.identity import persons
    from monitor.service.asking.redaction import redacted
    from monitor.service.recording.contacts import add_contact

    relays = relays_for(channel)
    opened = open_channel(channel, relays)
    readable = why_readable(channel, opened, relays) if private and not confirm else None
    if readable is not None:
        raise Refused(
            f"{readable}, and --private sends names and findings over it; choose an encrypted "
            "channel, leave --private out, or add --confirm"
        )
    with recording(db) as connection:
        added = add_contact(
            connection,
            patient=patient,
            role=role,
            name=name,
            channel=channel,
            is_private=private,
            timezone=timezone,
            by=recorder(by),
            now=now(),
        )
        whose = persons(connection, [patient])[patient].shown
    if opened.is_blind:
        render.note(f"monitor: {arrival_unknown(added.contact.number, name)}")
    if json:
        render.document(added)
        return
    detail = "with clinical detail" if private else "without clinical detail"
    over = redacted(channel)
    who = f"{added.contact.name} ({added.contact.role})"
    how = f"is told about {whose} over {over}, {detail}"
    if added.after is not None:
        how = f"about {whose}, {over}, tried after contact {added.after}, {detail}"
        who = f"a second channel of {who}"
    render.say(f"contact {added.contact.number}: {who} {how}")


@app.command("list")
def list_contacts(
    patient: Annotated[
        str | None, typer.Argument(metavar="[PATIENT]", help="Leave out for everybody.")
    ] = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """List who is told, and who cannot be. Channels are shown without their secrets.

    Example: monitor contact list P-017
    """
    from monitor.bootstrap.health import blind_ones, told_nothing
    from monitor.commands import render
    from monitor.commands.opening import asking
    from monitor.service.asking.cases import unknown_patient
    from monitor.service.asking.documents import document
    from monitor.service.asking.redaction import redacted
    from monitor.store import contacts, facts

    with asking(db) as connection:
        if patient is not None and not facts.is_known(connection, patient):
            raise unknown_patient(connection, patient)
        known = {*facts.patients(connection)}
        listed = contacts.list_contacts(connection, patient)
    closed = told_nothing([one for one in listed if one.patient in known], db)
    # Of a damaged one, what stands there may be anything.
    found = [
        one if one.patient in known else replace(one, patient="cannot be read") for one in listed
    ]
    if json:
        told = [{**document(one), "told": one.number not in closed} for one in found]
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
                redacted(one.channel),
                "told nothing" if one.number in closed else "private" if one.is_private else "",
                one.timezone or "",
            )
            for one in found
        ],
    )
    for words in (*closed.values(), *blind_ones(listed)):
        render.note(f"monitor: {words}")


@app.command("remove")
def remove(
    contact: Annotated[int, typer.Argument(metavar="NUMBER", help="See: monitor contact list.")],
    by: By = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Remove a contact: nothing is sent there any more.

    Example: monitor contact remove 3
    """
    from monitor.commands import render
    from monitor.commands.opening import recording
    from monitor.commands.options import now
    from monitor.service.recording.contacts import remove_contact

    with recording(db) as connection:
        removed = remove_contact(connection, contact, by=recorder(by), now=now())
    if json:
        render.document(removed)
        return
    render.say(f"removed contact {contact}: {removed.name} about {removed.patient}")
