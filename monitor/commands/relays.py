"""Relays of the site's policy: those that a channel needs, and which cannot be used."""

import os
from collections.abc import Mapping
from contextlib import suppress

from monitor import policy
from monitor.delivery.channels import open_channel
from monitor.errors import LeftOut, MonitorError, Refused
from monitor.store import contacts
from monitor.wiring import asking, settings

_ADDRESSES = ("nurse@example.org", "15555550123")


def relays_for(channel: str) -> Mapping[str, str]:
    """Read the relays of the site's policy, where a channel names one.

    Raises PolicyError or Refused where the policy cannot be used.
    """
    return policy.load(settings().policy).relays if channel.startswith("relay:") else {}


def faults_of(relays: Mapping[str, str]) -> dict[str, str]:
    """Open each relay for an address of no consequence; nothing is sent."""
    return {name: why for name in relays if (why := _fault_of(name, relays)) is not None}


def _fault_of(name: str, relays: Mapping[str, str]) -> str | None:
    words = None
    for address in _ADDRESSES:  # some ways take the one kind, some the other
        try:
            open_channel(f"relay:{name}?to={address}", relays)
        except LeftOut:  # it may be one of another kind that this way takes
            return None
        except Refused as fault:
            words = words or str(fault)
        else:
            return None
    return words


def contact_faults(db: str | None) -> list[str]:
    """Say which contacts nothing can reach: no relay, no secret, an address that nobody takes.

    Raises PolicyError or Refused where the policy cannot be used.
    """
    relays = policy.load(settings(db).policy).relays
    listed: list[contacts.Contact] = []
    with suppress(MonitorError), asking(db) as connection:  # the database is looked at elsewhere
        listed = list(contacts.list_contacts(connection, None))
    found = []
    for one in listed:
        if one.channel.startswith("env:") and one.channel[4:] not in os.environ:
            continue  # the service may have it; who asks here need not
        try:
            open_channel(one.channel, relays)
        except Refused as fault:
            found.append(f"contact {one.number} ({one.name}) of {one.patient}: {fault}")
    return found
