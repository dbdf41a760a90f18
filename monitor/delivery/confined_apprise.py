"""The program that one try through Apprise runs in: it reads what to send, and answers a letter.

It is killed by who started it, and by itself where that one is gone. Its memory and descriptors
are limited, so that a far end that sends without end costs no more than these.
"""

import json
import os
import resource
import signal
import sys
from contextlib import suppress

from monitor.delivery.apprise_channel import notify, open_apprise

_MEMORY = 512 * 1024 * 1024  # of addresses; with Apprise loaded it has some 60
_DESCRIPTORS = 64
_LINE = 0  # what we read from and answer to


def main() -> None:
    """Serve until nobody asks any more."""
    _limit(resource.RLIMIT_AS, _MEMORY)
    _limit(resource.RLIMIT_NOFILE, _DESCRIPTORS)
    _limit(resource.RLIMIT_CORE, 0)  # it would hold addresses and passwords
    # the service finishes the message in hand when it is told to end, and then we end too
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        told = json.loads(line)
        signal.setitimer(signal.ITIMER_REAL, told["seconds"] + 1)  # nobody may be left to kill us
        try:
            channel = open_apprise(told["url"])
            delivered = channel is not None and notify(
                channel.service, told["title"], told["body"], is_urgent=told["urgent"]
            )
        except MemoryError:
            os.write(_LINE, b"m")
            os._exit(1)
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.write(_LINE, b"1" if delivered else b"0")


def _limit(which: int, wanted: int) -> None:
    _, hard = resource.getrlimit(which)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(OSError, ValueError):  # not every system has each of these limits
        resource.setrlimit(which, (most, most))


if __name__ == "__main__":
    main()
