"""The site's own protocols beside the texts that courses are pinned to."""

from contextlib import suppress

from sqlalchemy import Connection

from monitor import protocols
from monitor.errors import MonitorError
from monitor.store import chain, pinned


def why_changed(connection: Connection, name: str, version: str, digest: str) -> str | None:
    """Say that a text of the site is another one than was kept under its name and version."""
    site = protocols.read_site()
    own = site.protocols.get(name)
    if own is None or own.digest != digest:
        return None
    if not pinned.is_another_kept(connection, name, version, digest):
        return None
    return (
        f"{site.files[name].name}: courses are pinned to another text of {name} {version}; "
        "a changed text needs a new version: raise `version`"
    )


def faults(connection: Connection | None) -> list[str]:
    """List what is wrong in the site's folder, and where a record is, what was changed since."""
    site = protocols.read_site()
    found = site.words()
    if connection is not None:
        own = site.protocols.items()
        changed = (why_changed(connection, n, one.version, one.digest) for n, one in own)
        found += [words for words in changed if words is not None]
    return found


def without_file(connection: Connection) -> list[str]:
    """List the protocols of courses that neither ship nor lie in the site's folder any more.

    A kept text that is damaged is named by `db verify`, and nothing of it is said here.
    """
    known = {*protocols.shipped(), *protocols.read_site().protocols}
    found: set[str] = set()
    for row in chain.kept_protocols(connection):
        if isinstance(row.name, str) and isinstance(row.text, str) and row.name not in known:
            with suppress(MonitorError, UnicodeEncodeError):
                kept = protocols.pinned(row.name, row.text)
                if (kept.name, kept.digest) == (row.name, row.digest):
                    found.add(kept.name)
    return sorted(found)
