"""The program that has Apprise loaded: for each try it makes a copy of itself, which delivers.

A copy reads what to send and answers with a letter. It is killed when its time is over, whoever is
left. Its memory and descriptors are limited, so that a far end that sends without end costs no
more than these.
"""

import json
import os
import resource
import signal
import socket
import time
from contextlib import suppress

from monitor.delivery.channels.apprise import load, notify, open_apprise

_MEMORY = 512 * 1024 * 1024  # of addresses; with Apprise loaded it has some 60
_DESCRIPTORS = 64
_BEGINS = 20.0  # seconds until it is known what to send
_LATER = 0.5  # than whoever waits for the answer has given it up


def main() -> None:
    """Serve until nobody asks any more."""
    _limit(resource.RLIMIT_AS, _MEMORY)
    _limit(resource.RLIMIT_NOFILE, _DESCRIPTORS)
    _limit(resource.RLIMIT_CORE, 0)  # it would hold addresses and passwords
    # the service finishes the message in hand when it is told to end, and then we end too
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, signal.SIG_IGN)
    load()
    # of copies that have ended nothing is kept; Apprise itself may wait for programs of its own
    ends = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=0) as asked:
        while True:
            _, (*lines,), _, _ = socket.recv_fds(asked, 1, 1)
            if not lines:
                return
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, ends)
                asked.close()
                with socket.socket(fileno=lines[0]) as line:
                    _serve(line)
                os._exit(0)
            os.close(lines[0])


def _serve(line: socket.socket) -> None:
    signal.setitimer(signal.ITIMER_REAL, _BEGINS)
    told = json.loads(line.makefile("rb").readline())
    left = told["until"] - time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, max(left, 0) + _LATER)
    try:
        channel = open_apprise(told["url"])
        delivered = channel is not None and notify(
            channel.service, told["title"], told["body"], is_urgent=told["urgent"]
        )
    except MemoryError:
        line.sendall(b"m")
    else:
        line.sendall(b"1" if delivered else b"0")


def _limit(which: int, wanted: int) -> None:
    _, hard = resource.getrlimit(which)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(OSError, ValueError):  # not every system has each of these limits
        resource.setrlimit(which, (most, most))


if __name__ == "__main__":
    main()
