"""Protocols read once and kept, as Python keeps compiled modules: in `__pycache__`, by content.

Reading YAML and checking it takes longer than most questions. What is kept is named after the
text it was read from and the code that read it, and carries its own digest; anything that does
not fit exactly is read anew. Whoever can write there can change the program itself.
"""

import contextlib
import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_HERE = Path(__file__).parent
_KEPT = _HERE / "__pycache__"
_DIGEST_SIZE = hashlib.sha256().digest_size


def read_once(kind: type[T], text: str, read: Callable[[], T]) -> T:
    """Give what was read from a text before, else read it and keep it."""
    name = hashlib.sha256(f"{_code()}\n{kind.__name__}\n{text}".encode()).hexdigest()
    path = _KEPT / f"{name[:32]}.{sys.implementation.cache_tag}.protocol"
    found = _load(path, kind)
    if found is None:
        found = read()
        _keep(path, found)
    return found


def _load(path: Path, kind: type[T]) -> T | None:
    with contextlib.suppress(OSError, pickle.UnpicklingError, AttributeError, ImportError):
        content = path.read_bytes()
        digest, body = content[:_DIGEST_SIZE], content[_DIGEST_SIZE:]
        if hashlib.sha256(body).digest() == digest:
            found = pickle.loads(body)
            return found if isinstance(found, kind) else None
    return None


def _keep(path: Path, content: object) -> None:
    """Write beside and rename, so that nobody ever sees half a file; not being able is no fault."""
    if sys.dont_write_bytecode:
        return
    body = pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)
    with contextlib.suppress(OSError):
        _KEPT.mkdir(exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=_KEPT)
        with os.fdopen(handle, "wb") as stream:
            stream.write(hashlib.sha256(body).digest() + body)
        os.replace(beside, path)


@cache
def _code() -> str:
    """Name the state of the code that gives YAML its meaning."""
    files = [*_HERE.glob("*.py"), *_HERE.glob("every-*.yaml")]
    files += (_HERE.parent / "domain").rglob("*.py")
    states = sorted((file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files)
    return repr(states)
