"""A service that passes through time in one process: DATABASE MOMENT MINUTES EVERY.

Prints, a sixth on its way and at the end, how many threads, open files and megabytes it holds.
"""

import os
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

from monitor import policy
from monitor.delivery.channels import bounded
from monitor.delivery.tick import tick
from monitor.store import engine as store

_connect = bounded.connect


def hasty(host: str, port: int, seconds: float) -> bounded.PlainSocket:
    """Wait three tenths of a second, where the program waits for ten."""
    return _connect(host, port, min(0.3, seconds))


def main(url: str, moment: str, minutes: str, every: str) -> None:
    """Make the passes."""
    bounded.connect = hasty
    engine, rules = store.open_engine(store.parse_url(url)), policy.load(None)
    passes = range(0, int(minutes), int(every))
    for number, minute in enumerate(passes):
        at = datetime.fromisoformat(moment) + timedelta(minutes=minute)
        tick(engine, rules, lambda at=at: at)
        if number in (len(passes) // 6, len(passes) - 1):
            until = time.monotonic() + 5  # a thread that has just been let go of ends by then
            while threading.active_count() > 1 and time.monotonic() < until:
                time.sleep(0.01)
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            size = pages * os.sysconf("SC_PAGE_SIZE") // 2**20
            print(threading.active_count(), len(os.listdir("/proc/self/fd")), size, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
