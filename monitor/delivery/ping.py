"""The address that somebody else watches: called after a pass, at once after one that fails."""

import http.client
import logging
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL

from monitor.errors import SchemaError
from monitor.store.failing import leave_mark, remove_mark

_SECONDS = 10.0  # for one operation on the socket
_ALL_IN_ALL = 3.0  # then the pass goes on; what drips is left to itself
_log = logging.getLogger(__name__)
_under_way = threading.Lock()  # one call at a time: whoever drips for ever has one thread


@contextmanager
def heard(url: URL, ping_url: str) -> Iterator[None]:
    """Call the ping address's /fail and leave a mark where what is done within fails.

    Where a newer program has taken over, it is that one's pass that counts.
    """
    try:
        yield
    except SchemaError:
        raise
    except Exception:
        leave_mark(url)
        ping(ping_url, went_well=False)
        raise
    remove_mark(url)


def ping(url: str, *, went_well: bool) -> None:
    """Call the address, or its /fail; its silence is theirs to notice.

    A call that is still under way is not joined by another: the other end then hears nothing.
    """
    if not url:
        return
    if not _under_way.acquire(blocking=False):
        _log.warning("the ping address has not answered the last call yet")
        return
    target = url if went_well else _failing(url)
    # a daemon: it keeps nothing from ending
    caller = threading.Thread(target=_call, args=(target,), name="ping", daemon=True)
    caller.start()
    caller.join(_ALL_IN_ALL)
    if caller.is_alive():
        _log.warning("the ping address is slow to answer")


def _failing(url: str) -> str:
    """Give the address that says that something is wrong."""
    path, mark, query = url.partition("?")
    return path.rstrip("/") + "/fail" + mark + query


def _call(url: str) -> None:
    try:
        urllib.request.urlopen(url, timeout=_SECONDS).close()  # the policy admits http(s) only
    except (OSError, http.client.HTTPException, ValueError):  # silent, or it answers rubbish
        _log.warning("the ping address did not answer")
    finally:
        _under_way.release()
