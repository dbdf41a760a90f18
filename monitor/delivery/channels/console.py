"""The console: messages on standard output, for demonstrations and tests."""

import sys

from monitor.delivery.channels.outgoing import Channel, DeliveryFailed, Outgoing, one_line
from monitor.errors import Refused


def open_console(url: str) -> "Console":
    """Open the console; raises Refused where an address follows."""
    if url.lower() != "console:":
        raise Refused("the console has no address: console:")
    return Console()


class Console(Channel):
    """Show messages on standard output, for demonstrations and tests."""

    def why_readable(self, scheme: str) -> str | None:
        """Say that nobody else reads it: it stays on this machine."""
        return None

    def send(self, message: Outgoing) -> None:
        """Print the message, and make sure that it was printed."""
        title = one_line(message.title)
        lines = [f"[{message.ref} {message.urgency}] {title}"]
        body = message.body.removeprefix(message.title).strip()
        lines += [f"  {one_line(line)}".rstrip() for line in body.splitlines()]
        if sys.__stdout__ is None:  # closed from the start; what stands for it takes anything
            raise DeliveryFailed("standard output is closed")
        try:
            sys.stdout.write("\n".join(lines) + "\n")
            sys.stdout.flush()
        except (OSError, ValueError):  # full, closed, or without the letters needed
            raise DeliveryFailed("standard output could not be written") from None
