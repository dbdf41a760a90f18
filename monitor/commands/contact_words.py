"""Contacts in words: who is told about whom, over what; and the list of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from monitor.bootstrap.health import blind_ones, relays_for, told_nothing
from monitor.commands import render
from monitor.commands.paging import paged
from monitor.delivery.channels import open_channel, why_readable
from monitor.delivery.channels.indirect import from_root
from monitor.domain.outcome import Role
from monitor.errors import Refused
from monitor.service.asking.documents import document
from monitor.service.asking.identity import persons
from monitor.service.asking.redaction import redacted
from monitor.store.contacts import Contact


def show(
    listed: Sequence[Contact],
    known: Mapping[str, str],
    db: str | None,
    *,
    reveal: bool,
    json: bool,
) -> None:
    """Show contacts, as a table or a document; `known`: whose they can be, as people are named."""
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
    with paged():
        render.table(
            ("contact", "patient", "role", "name", "channel", "detail", "zone"),
            [
                (
                    str(one.number),
                    known.get(one.patient, one.patient),
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


def open_for(channel: str, *, needs_secrecy: bool) -> tuple[str, bool]:
    """Open a channel, to see that it can be.

    Gives its URL as it is to be stored, and whether nobody ever knows what arrives.
    """
    relays = relays_for(channel)
    opened = open_channel(channel, relays)
    readable = why_readable(channel, opened, relays) if needs_secrecy else None
    if readable is not None:
        raise Refused(
            f"{readable}, and --private sends names and findings over it; choose an encrypted "
            "channel, leave --private out, or add --confirm"
        )
    return from_root(channel), opened.is_blind


def whose_of(connection: Connection, one: Contact) -> str:
    """Say about whom a contact is told."""
    if one.is_clinics:
        lacking = f" who has no {one.role} of their own" if one.role != Role.OPERATOR else ""
        return f"everybody{lacking}"
    return persons(connection, [one.patient])[one.patient].shown


def told_of(one: Contact, whose: str, *, after: int | None = None) -> str:
    """Say who is told about whom, and how."""
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
