"""Whoever asks about another user's database is told whose it is, and who asks."""

import os
import tempfile
from pathlib import Path

import pytest

from monitor.service.operating.upkeep import find_modes
from monitor.store.appender import login

NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_the_owner_and_who_asks_are_named():
    with tempfile.TemporaryDirectory() as name:
        folder, (reading, writing) = Path(name), os.pipe()
        folder.chmod(0o755)
        (folder / "clinic.db").touch(0o600)
        child = os.fork()
        if child == 0:
            os.setuid(NOBODY)
            login.cache_clear()
            os.write(writing, repr(find_modes(folder / "clinic.db")).encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(writing)
        said = os.read(reading, 10_000).decode()

    assert "well=False" in said
    assert "clinic.db belongs to root, and you are nobody (65534)" in said
