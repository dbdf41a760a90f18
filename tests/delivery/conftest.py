"""Fixtures: far ends that take messages; see `sinks.py` for how they misbehave."""

import contextlib
import io
import shutil
import subprocess
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from monitor import policy
from monitor.commands import main, options
from monitor.delivery.channels.outgoing import DeliveryFailed, Outgoing
from monitor.delivery.tick import reconcile_due
from monitor.domain.outcome import Urgency
from monitor.service.reminding.reconcile import Pass
from monitor.store import engine as store
from monitor.store import lease
from tests import postgresql
from tests.delivery.sinks import HttpSink, SmtpSink
from tests.delivery.ward import Ward


@pytest.fixture(autouse=True)
def _exampline(exampline) -> None:
    """Nothing here is about a real drug."""


@pytest.fixture
def start():
    """Start a sink: start(SmtpSink, login=…); all are stopped after the test."""
    running = []

    def begin(kind, **options):
        running.append(kind(**options))
        return running[-1]

    yield begin
    for sink in running:
        sink.stop()


@pytest.fixture
def http_sink(start) -> HttpSink:
    return start(HttpSink)


@pytest.fixture
def watcher(start, tmp_path, monkeypatch) -> HttpSink:
    """Whoever watches the ping address of the site."""
    sink = start(HttpSink)
    url = sink.url.removeprefix("webhook+")
    file = tmp_path / "policy.toml"
    file.write_text(policy.text(None).replace('ping_url = ""', f'ping_url = "{url}"'))
    monkeypatch.setenv("MONITOR_POLICY", str(file))
    return sink


@pytest.fixture
def smtp_sink(start) -> SmtpSink:
    return start(SmtpSink)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> tuple[str, str]:
    """Make a certificate for 127.0.0.1 that nobody trusts; SSL_CERT_FILE can change that."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("certificate")
    file, key = str(folder / "certificate.pem"), str(folder / "key.pem")
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    subprocess.run(
        [*made.split(), *names, "-keyout", key, "-out", file], check=True, capture_output=True
    )
    return file, key


@pytest.fixture
def message():
    """Write a message: message(title=…)."""

    def write(**changes) -> Outgoing:
        usual = {
            "key": "3f" * 32,
            "ref": "7F3K",
            "title": "A scheduled check is due.",
            "body": "A scheduled check is due. Ref 7F3K.",
            "urgency": Urgency.ROUTINE,
        }
        return Outgoing(**(usual | changes))

    return write


@pytest.fixture
def failure():
    """Send in vain; gives the words and how long to wait."""

    def fails(send, *arguments) -> tuple[str, timedelta | None]:
        with pytest.raises(DeliveryFailed) as caught:
            send(*arguments)
        assert str(caught.value) == caught.value.words
        assert "\n" not in caught.value.words
        return caught.value.words, caught.value.retry_after

    return fails


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "secret"
    file.write_text("h@nter:2/\n")
    return file


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Write the policy of a site with such relays."""
    file = tmp_path / "policy.toml"
    monkeypatch.setenv("MONITOR_POLICY", str(file))

    def write(**relays: str) -> None:
        lines = "".join(f'{name} = "{url}"\n' for name, url in relays.items())
        file.write_text(policy.text(None).replace("[relays]\n", f"[relays]\n{lines}"))

    return write


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory) -> Path:
    """Create a database once; every ward gets a copy."""
    file = tmp_path_factory.mktemp("empty") / "clinic.db"
    if postgresql.URL:
        return file
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(["db", "upgrade", "--db", f"sqlite:///{file}"]) == 0
    return file


@pytest.fixture
def ward(empty_database, tmp_path, monitor) -> Ward:
    """Give a clinic without patients, driven by typed commands."""
    if not postgresql.URL:
        shutil.copy(empty_database, tmp_path / "clinic.db")
    return Ward(monitor, tmp_path)


@pytest.fixture
def at(monkeypatch):
    """Put the clock of commands to a moment of 2026, "11-29T17:33", in UTC."""

    def put(moment: str) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.fromisoformat(f"2026-{moment}:00+00:00").astimezone(tz)

        monkeypatch.setattr(options, "datetime", Clock)

    return put


@pytest.fixture
def owe(ward, database):
    """Owe what is due, and die before anything is sent: owe(MOMENT)."""

    def owed(moment: str, *, begun: bool = False) -> None:
        now = datetime.fromisoformat(moment)
        engine = store.open_engine(store.parse_url(database))
        with store.writing(engine) as connection:
            rules = policy.load(None)
            while reconcile_due(connection, Pass(policy=rules, now=now), limit=500).patients:
                pass  # a slow machine looks at some, and then at others
            if begun:
                waiting = lease.waiting(connection, now, limit=500)
                assert len(lease.lease(connection, waiting, now)) == len(waiting)
        engine.dispose()

    return owed


@pytest.fixture
def leave_in_the_middle(owe):
    """Owe what is due, begin to send everything, and die: leave_in_the_middle(MOMENT)."""
    return partial(owe, begun=True)
