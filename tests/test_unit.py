"""The systemd unit that ships: who starts the service is told that it lives, and it is closed."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.delivery import heartbeat

UNIT = Path(__file__).parents[1] / "docs" / "monitor.service"


def test_the_unit_waits_to_be_told_that_the_service_lives_and_restarts_it():
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str
    read.read_string(UNIT.read_text(encoding="utf-8"))
    service = read["Service"]

    assert (service["Type"], service["NotifyAccess"]) == ("notify", "main")
    assert service["Restart"] == "always"
    assert float(service["WatchdogSec"]) >= 10 * heartbeat._GUARDED  # several words may be lost


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_unit_is_closed():
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(UNIT)],
        capture_output=True,
        text=True,
        check=True,
    )
    level = re.search(r"exposure level for monitor\.service: ([\d.]+)", told.stdout)

    assert level is not None
    assert float(level[1]) <= 3
