"""Tell systemd that the service is ready, alive or stopping, where it asks for that."""

import os
import socket
from contextlib import suppress


def notify(state: str) -> None:
    """Send one line to who started us; nobody there, nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    where = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        line.sendto(state.encode(), where)
