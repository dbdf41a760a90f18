"""When a question is asked, and as of when: from options to the value that queries take."""

from monitor.commands import options
from monitor.service.asking.cases import Asked


def asked(as_of: str | None, known_at: str | None = None) -> Asked:
    """Gather when a question is asked, and as of when."""
    return Asked(
        now=options.now(),
        as_of=options.parse_day(as_of, "--as-of"),
        known_at=options.parse_moment(known_at, "--known-at"),
    )
