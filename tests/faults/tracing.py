"""The real program under strace, which kills it at a call or lets a call fail."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

EVERYTHING = os.environ.get("MONITOR_FAULTS") == "all"
# Trials that one test makes at once: being traced is waiting, half of the time.
AT_ONCE = (os.cpu_count() or 2) + ("PYTEST_XDIST_WORKER" not in os.environ)
CHANGING = (
    "openat,close,pwrite64,pwritev,pwritev2,write,writev,fsync,fdatasync,sync_file_range,"
    "ftruncate,truncate,fallocate,unlink,unlinkat,rename,renameat,renameat2,fchmod,fchown"
)
WRITES = "pwrite64,write"
FLUSHES = "fsync,fdatasync"
ROOT = Path(__file__).parents[2]

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")


def program(*typed: str) -> list[str]:
    return [sys.executable, "-m", "monitor", *typed]


def surroundings(url: str, **more: str) -> dict[str, str]:
    return {**os.environ, "MONITOR_DB": url, "PYTHONDONTWRITEBYTECODE": "1", **more}


def under_strace(options: Sequence[str], calls: Path, touched: Iterable[Path] = ()) -> list[str]:
    """Begin a command line; only calls on the files `touched` count, if any are given."""
    traced = ["strace", "-f", "-qq", "-o", str(calls)]
    if not any("signal=" in option for option in options):  # where it would not kill
        traced.append("--seccomp-bpf")  # quicker
    for path in touched:
        traced += ["-P", str(path)]
    return [*traced, *options]


def run(
    typed: Sequence[str],
    url: str,
    *,
    prefix: Sequence[str] = (),
    timeout: float = 120,
    **more: str,
) -> subprocess.CompletedProcess[str]:
    """Run one command of the program to its end."""
    return subprocess.run(
        [*prefix, *program(*typed)],
        cwd=ROOT,
        env=surroundings(url, **more),
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def database_files(path: Path) -> list[Path]:
    return [path, Path(f"{path}-journal")]


def counted(calls: str) -> Counter[str]:
    """Count what strace wrote down, by name."""
    return Counter(re.findall(r"^\d+ +(\w+)\(", calls, flags=re.MULTILINE))
