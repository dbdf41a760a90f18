"""Find what a message says besides its reminders: who patients are, and what they read."""

import logging

from sqlalchemy import Engine

from monitor.delivery.text import Around
from monitor.domain.outcome import Role
from monitor.domain.reminders.message import Message
from monitor.domain.reminders.policy import SiteWords
from monitor.service.asking.identity import persons
from monitor.store.engine import reading

_log = logging.getLogger(__name__)


def around_of(engine: Engine, message: Message, site: SiteWords) -> Around:
    """Read it for one message; where that fails the message goes out without it.

    A patient's language may show on any channel; names go only to staff, on a private one.
    """
    is_to_patient = message.role is Role.PATIENT
    wanted = bool(site.languages) if is_to_patient else message.via.is_private
    about = {item.patient for item in message.items} if wanted else set()
    if not about:
        return Around(site=site)
    try:
        with reading(engine) as connection:
            found = persons(connection, about)
    except Exception as fault:  # whatever is damaged there, the message must go out
        _log.warning("message %s goes out without names: %s", message.ref, type(fault).__name__)
        return Around(site=site)
    if is_to_patient:
        return Around(site=site, language=next(iter(found.values())).language)
    return Around(site=site, people={who: person.shown for who, person in found.items()})
