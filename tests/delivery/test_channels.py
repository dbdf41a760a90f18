"""Channels against real servers, those that work and those that do not."""

import json
import logging
import os
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from monitor.delivery.channels import open_channel
from monitor.delivery.channels.smtp import ElectronicMail
from monitor.delivery.channels.webhook import Webhook
from monitor.domain.outcome import Urgency
from monitor.errors import Refused
from tests.delivery.sending import send_within
from tests.delivery.sinks import HttpSink, SmtpSink
from tests.delivery.ward import patient_lines

LONG = 120.0  # seconds that no test waits for
SINKS = Path(__file__).with_name("sinks.py")


# opening


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hunter2",
        "console",
        "console:hunter2",
        "console://",
        "nonsense://hunter2@host/?x=hunter2",
        "https://example.org/hunter2",
        "webhook://host/hunter2",
        "webhook+ftp://host/hunter2",
        "webhook+http:///hunter2",
        "webhook+http://user:hunter2@/path",
        "webhook+http://host:0/hunter2",
        "webhook+http://host:65536/hunter2",
        "webhook+http://host:/hunter2",
        "webhook+http://host:eight/hunter2",
        "webhook+http://host/a#hunter2",
        "webhook+http://[host/hunter2",
        "webhook+http://us%3Aer:hunter2@host/",
        "webhook+http://host/hunter2\r\nX: y",
        "webhook+http://host/hunter2 y",
        "webhook+http://hóst/hunter2",
        "webhook+http://us%0d%0aer:hunter2@host/",
        "smtp://host",
        "smtp://host/?from=a@example.org",
        "smtp://host/?to=hunter2@example.org",
        "smtp://host/?from=a@example.org&to=",
        "smtp://host/?from=a@example.org&from=b@example.org&to=hunter2@example.org",
        "smtp://host/?from=a@example.org&to=hunter2@example.org&cc=d@example.org",
        "smtp://host/?from=a@example.org&to=hunter2@example.org,",
        "smtp://host/?from=a@example.org&to=hunter2",
        "smtp://host/?from=a@example.org&to=hunter2@example.org%0d%0aBcc:x@example.org",
        "smtp://host/?from=Ann%20<a@example.org>&to=hunter2@example.org",
        "smtp://host/?from=a@example.org&to=hunter2@ex%C3%A4mple.org",
        "smtp://host/?from=a@example.org&to=hunter2@ex%E4mple.org",
        "smtp://host/path?from=a@example.org&to=hunter2@example.org",
        "smtp:///?from=a@example.org&to=hunter2@example.org",
        "smtp://hunter2@host/?from=a@example.org&to=b@example.org",
        "smtp://user:hun/ter2@host/?from=a@example.org&to=b@example.org",
        "smtp://user:hunter2@x@host/?from=a@example.org&to=b@example.org",
        "smtp://:hunter2@host/?from=a@example.org&to=b@example.org",
        "smtp://host:99999/?from=a@example.org&to=hunter2@example.org",
        "smtps:host/?from=a@example.org&to=hunter2@example.org",
        "tgram://hunter2",
    ],
)
def test_a_url_that_is_wrong_is_refused_in_one_line_that_does_not_repeat_it(url):
    with pytest.raises(Refused) as refused:
        open_channel(url)

    words = str(refused.value)
    assert "hunter2" not in words
    assert "\n" not in words
    assert len(words) > 20


def test_an_unknown_scheme_is_told_all_that_are_known():
    with pytest.raises(Refused, match=r"console:.*smtp://.*smtps://.*webhook\+https?://.*Apprise"):
        open_channel("pigeon://home")


def test_an_address_keeps_its_plus_and_a_recipient_named_twice_is_one():
    channel = open_channel(
        "smtp://us%40er:p%3Aw@Host:2525/?from=a+b@example.org&to=c@example.org&to=c@example.org"
    )

    assert isinstance(channel, ElectronicMail)
    assert (channel.host, channel.port) == ("host", 2525)
    assert channel.sender == "a+b@example.org"
    assert channel.recipient == "c@example.org"
    assert channel.credentials == ("us@er", "p:w")


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("webhook+http://host", 80),
        ("webhook+https://host/x", 443),
        ("webhook+https://[::1]/x", 443),
        ("webhook+http://host:65535", 65535),
        ("smtp://host/?from=a@example.org&to=b@example.org", 25),
        ("smtps://host?from=a@example.org&to=b@example.org", 465),
    ],
)
def test_a_port_that_is_not_named_is_the_usual_one(url, port):
    assert open_channel(url).port == port


def test_a_channel_shows_none_of_its_secrets():
    urls = (
        "smtp://u:hunter2@host/?from=a@example.org&to=hunter2@example.org",
        "webhook+https://u:hunter2@host/hunter2",
        "json://u:hunter2@host/hunter2",
    )

    shown = "".join(repr(open_channel(url)) + str(open_channel(url)) for url in urls)

    assert "hunter2" not in shown


@pytest.mark.parametrize("key", ["", "a b", "a\r\nb", "é", "x" * 201])
def test_a_key_that_could_break_a_header_is_no_key(key, message):
    with pytest.raises(ValueError, match="visible ASCII"):
        message(key=key)


def test_apprise_is_not_imported_before_it_is_needed():
    code = "import monitor.delivery.channels, sys; sys.exit('apprise' in sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True)


# the console


def test_the_console_shows_title_and_body(message, capsys):
    send_within(open_channel("console:"), message(body="first\nsecond"), LONG)

    assert capsys.readouterr().out == (
        "[7F3K routine] A scheduled check is due.\n  first\n  second\n"
    )


def test_the_console_does_not_repeat_a_body_that_is_the_title(message, capsys):
    message = message(title="Now.\x1b[2J", body="Now.\x1b[2J", urgency=Urgency.EMERGENCY)

    open_channel("console:").send(message)

    assert capsys.readouterr().out == "[7F3K emergency] Now. [2J\n"


def test_a_console_that_is_full_is_a_failure(message, failure, monkeypatch):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)

        words, _ = failure(open_channel("console:").send, message())

        monkeypatch.undo()
        with pytest.raises(OSError, match="No space"):
            full.close()
    assert words == "standard output could not be written"


# the webhook


def test_a_webhook_gets_the_message_once_and_its_key_twice(http_sink, message):
    channel = open_channel(http_sink.url + "/a%20b?token=x%26y")

    send_within(channel, message(body="é", urgency=Urgency.URGENT), LONG)

    [request] = http_sink.requests
    assert request["path"] == "/hook/a%20b?token=x%26y"
    assert request["body"] == {
        "key": "3f" * 32,
        "ref": "7F3K",
        "title": "A scheduled check is due.",
        "body": "é",
        "urgency": "urgent",
    }
    headers = request["headers"]
    assert headers["Idempotency-Key"] == "3f" * 32
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == "monitor"
    assert "Authorization" not in headers


def test_a_webhook_presents_the_credentials_of_its_url(http_sink, message):
    channel = open_channel(http_sink.url.replace("://", "://us%40er:p%3Aw@"))

    channel.send(message())

    assert http_sink.requests[0]["headers"]["Authorization"] == "Basic dXNAZXI6cDp3"


def test_a_webhook_asks_no_proxy(http_sink, message, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    open_channel(http_sink.url).send(message())

    assert len(http_sink.requests) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_two_hundred_and_something_is_delivered(status, http_sink, message):
    http_sink.status = status

    open_channel(http_sink.url).send(message())


@pytest.mark.parametrize("status", [301, 302, 304, 307, 400, 401, 404, 410, 413, 500, 502])
def test_any_other_answer_is_a_failure_and_a_redirect_is_not_followed(
    status, http_sink, message, failure
):
    http_sink.status = status
    http_sink.headers = {"Location": "/elsewhere", "Retry-After": "7"}

    assert failure(open_channel(http_sink.url).send, message()) == (f"answered {status}", None)
    assert [request["path"] for request in http_sink.requests] == ["/hook"]


TWO_MINUTES = timedelta(minutes=2)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"Retry-After": "120"}, TWO_MINUTES),
        ({"Retry-After": " 120 "}, TWO_MINUTES),
        ({"Retry-After": "-120"}, None),
        ({"Retry-After": "1" * 30}, None),
        ({"Retry-After": "soon"}, None),
        # their clock is years off, and it does not matter
        (
            {
                "Date": "Sun, 01 Jan 2040 00:00:00 GMT",
                "Retry-After": "Sun, 01 Jan 2040 00:02:00 GMT",
            },
            TWO_MINUTES,
        ),
        (
            {
                "Date": "Sun, 01 Jan 2040 00:00:00 -0000",
                "Retry-After": "Sun, 01 Jan 2040 00:02:00 GMT",
            },
            TWO_MINUTES,
        ),
        (
            {
                "Date": "Sun, 01 Jan 2040 00:02:00 GMT",
                "Retry-After": "Sun, 01 Jan 2040 00:00:00 GMT",
            },
            None,
        ),
        ({"Date": "today", "Retry-After": "Sun, 01 Jan 2040 00:02:00 GMT"}, None),
        ({"Date": "", "Retry-After": "Sun, 01 Jan 2040 00:02:00 GMT"}, None),
    ],
)
def test_a_busy_server_may_say_how_long_to_wait(status, headers, wait, http_sink, message, failure):
    http_sink.status, http_sink.headers = status, headers

    assert failure(open_channel(http_sink.url).send, message()) == (f"answered {status}", wait)


def test_a_webhook_that_is_not_there_is_a_failure(message, failure):
    url = f"webhook+http://127.0.0.1:{_free_port()}/"

    assert failure(open_channel(url).send, message())[0] == "the connection was refused"


def test_a_host_without_an_address_is_a_failure(message, failure):
    words, _ = failure(open_channel("webhook+http://nowhere.invalid/").send, message())

    assert words == "the host name was not found"


def test_a_server_that_takes_the_message_and_says_nothing_is_a_failure(http_sink, message, failure):
    http_sink.manner = "drop"

    assert failure(open_channel(http_sink.url).send, message())[0] == "the connection failed"
    assert len(http_sink.requests) == 1  # perhaps delivered: the key tells


def test_a_server_that_hangs_holds_a_socket_for_its_timeout_only(http_sink, message, failure):
    http_sink.manner = "hang"
    channel = open_channel(http_sink.url)
    assert isinstance(channel, Webhook)

    assert failure(replace(channel, seconds=0.1).send, message())[0] == "no answer in time"


@pytest.mark.parametrize("manner", ["hang", "drip"])
def test_a_try_ends_in_time_whatever_the_far_end_does(manner, http_sink, message, failure):
    http_sink.manner = manner

    words, _ = failure(send_within, open_channel(http_sink.url), message(), 0.3)

    assert words == "no answer within 0.3 seconds"
    assert comes_true(lambda: len(http_sink.requests) == 1)


def test_a_server_that_answers_too_late_has_the_message_all_the_same(http_sink, message, failure):
    http_sink.delay = 0.5

    failure(send_within, open_channel(http_sink.url), message(), 0.2)

    assert comes_true(lambda: http_sink.requests)
    assert [request["body"]["key"] for request in http_sink.requests] == ["3f" * 32]


def test_a_mistake_of_ours_is_a_failed_try_without_its_text(message, failure):
    class Mistaken:
        def send(self, message):
            raise KeyError("hunter2")

    assert failure(send_within, Mistaken(), message(), LONG)[0] == "unexpected KeyError"


def test_a_program_ends_although_a_try_hangs(http_sink):
    http_sink.manner = "hang"
    code = f"""
from monitor.delivery.channels import open_channel
from tests.delivery.sending import send_within
from monitor.delivery.channels.outgoing import DeliveryFailed, Outgoing
from monitor.domain.outcome import Urgency
from dataclasses import replace
message = Outgoing(key="k", ref="R", title="t", body="b", urgency=Urgency.ROUTINE)
hook = replace(open_channel({http_sink.url!r}), seconds={2 * LONG})
apprise = open_channel({_through_apprise(http_sink, f"?rto={2 * LONG}")!r})
for channel in hook, apprise:
    try:
        send_within(channel, message, 0.3)
    except DeliveryFailed as failure:
        print(failure)
"""

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=LONG
    )  # sooner than its sockets

    assert done.stdout == "no answer within 0.3 seconds\n" * 2


def test_a_certificate_that_nobody_vouches_for_is_a_failure(start, certificate, message, failure):
    sink = start(HttpSink, certificate=certificate)

    words, _ = failure(open_channel(sink.url).send, message())

    assert words == "the certificate could not be verified"
    assert sink.requests == []


def test_a_certificate_that_is_trusted_is_accepted(start, certificate, message, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    sink = start(HttpSink, certificate=certificate)

    open_channel(sink.url).send(message())

    assert len(sink.requests) == 1


def test_plain_http_where_https_is_spoken_is_a_failure_and_the_reverse(
    start, http_sink, certificate, message, failure
):
    secure = start(HttpSink, certificate=certificate)

    failure(open_channel(secure.url.replace("+https", "+http")).send, message())
    words, _ = failure(open_channel(http_sink.url.replace("+http", "+https")).send, message())

    assert words == "the encrypted connection failed"
    assert [*secure.requests, *http_sink.requests] == []


# e-mail


def test_a_mail_says_what_it_is_and_carries_its_key(smtp_sink, message):
    send_within(open_channel(smtp_sink.url), message(), LONG)

    [mail] = smtp_sink.messages
    assert mail["message_id"] == f"<{'3f' * 32}@monitor.invalid>"
    assert (mail["from"], mail["to"]) == ("clinic@example.org", ["nurse@example.org"])
    assert mail["subject"] == "A scheduled check is due."
    assert mail["body"] == "A scheduled check is due. Ref 7F3K.\r\n"
    headers = mail["headers"]
    assert headers["X-Idempotency-Key"] == "3f" * 32
    assert headers["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(headers["Date"]).utcoffset() == timedelta()
    assert (headers["From"], headers["To"]) == ("clinic@example.org", "nurse@example.org")
    assert "X-Priority" not in headers


@pytest.mark.parametrize("urgency", [Urgency.URGENT, Urgency.EMERGENCY])
def test_a_mail_that_cannot_wait_says_so(urgency, smtp_sink, message):
    open_channel(smtp_sink.url).send(message(urgency=urgency))

    assert smtp_sink.messages[0]["headers"]["X-Priority"] == "1"


@pytest.mark.parametrize("key", ["k" * 200, "a:b/c@d<e>", "1.2..3"])
def test_every_key_makes_a_message_id_of_its_own(key, smtp_sink, message):
    open_channel(smtp_sink.url).send(message(key=key))

    [mail] = smtp_sink.messages
    assert mail["headers"]["X-Idempotency-Key"] == key
    assert mail["message_id"].endswith("@monitor.invalid>")
    assert mail["message_id"].count("@") == mail["message_id"].count("<") == 1


def test_letters_beyond_ascii_arrive(smtp_sink, message):
    open_channel(smtp_sink.url).send(message(title="Überfällig " * 12, body="é ✓\n.\nFrom\n"))

    [mail] = smtp_sink.messages
    assert mail["subject"] == ("Überfällig " * 12).strip()
    assert mail["body"].replace("\r\n", "\n") == "é ✓\n.\nFrom\n"


def test_a_title_cannot_add_a_header(smtp_sink, message):
    title = "Due\r\nBcc: spy@example.org\n\rX-Evil: 1\x00"

    open_channel(smtp_sink.url).send(message(title=title))

    [mail] = smtp_sink.messages
    assert mail["subject"] == "Due Bcc: spy@example.org X-Evil: 1"
    assert mail["to"] == ["nurse@example.org"]
    assert not {"Bcc", "X-Evil"} & mail["headers"].keys()


def test_a_recipient_who_is_refused_is_a_failure_told_by_its_code_only(smtp_sink, message, failure):
    smtp_sink.refused = {"nurse@example.org"}

    words, _ = failure(open_channel(smtp_sink.url).send, message())

    assert words == "the recipient was refused: 550"
    assert smtp_sink.messages == []


def test_a_message_that_is_refused_is_a_failure(smtp_sink, message, failure):
    smtp_sink.status = "452 mailbox of nurse@example.org full"

    assert failure(open_channel(smtp_sink.url).send, message())[0] == "answered 452"


def test_what_goes_wrong_after_the_message_was_taken_does_not_matter(smtp_sink, message):
    smtp_sink.manner = "leave"

    open_channel(smtp_sink.url).send(message())

    assert len(smtp_sink.messages) == 1


def test_a_mail_server_that_takes_the_message_and_says_nothing_is_a_failure(
    smtp_sink, message, failure
):
    smtp_sink.manner = "drop"

    assert failure(open_channel(smtp_sink.url).send, message())[0] == "the connection was lost"
    assert len(smtp_sink.messages) == 1


def test_a_mail_server_that_hangs_is_a_failure_in_time(smtp_sink, message, failure):
    smtp_sink.manner = "hang"
    channel = open_channel(smtp_sink.url)
    assert isinstance(channel, ElectronicMail)

    assert failure(replace(channel, seconds=2.0).send, message())[0] == "the connection was lost"
    words, _ = failure(send_within, channel, message(), 0.3)

    assert words == "no answer within 0.3 seconds"


def test_a_mail_server_that_is_not_there_is_a_failure(message, failure):
    url = f"smtp://127.0.0.1:{_free_port()}/?from=a@example.org&to=b@example.org"

    assert failure(open_channel(url).send, message())[0] == "the connection was refused"


def test_a_line_is_encrypted_where_the_server_offers_it(start, certificate, message, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    for options in ({"implicit": True}, {"implicit": False}):
        sink = start(SmtpSink, certificate=certificate, login=("u", "hunter2"), **options)

        open_channel(sink.url_with("u:hunter2@")).send(message())

        assert [mail["encrypted"] for mail in sink.messages] == [True]
        assert sink.logins == [("u", "hunter2")]


@pytest.mark.parametrize("implicit", [True, False])
def test_a_mail_server_that_nobody_vouches_for_gets_neither_password_nor_message(
    implicit, start, certificate, message, failure
):
    sink = start(SmtpSink, certificate=certificate, implicit=implicit, login=("u", "hunter2"))

    words, _ = failure(open_channel(sink.url_with("u:hunter2@")).send, message())

    assert words == "the certificate could not be verified"
    assert sink.messages == sink.logins == []


def test_a_password_that_is_wrong_is_a_failure(start, message, failure):
    sink = start(SmtpSink, login=("u", "hunter2"))

    words, _ = failure(open_channel(sink.url_with("u:guess@")).send, message())

    assert words == "the login was refused: 535"
    assert sink.messages == []


def test_a_server_without_a_login_is_not_sent_to_as_if_nothing_were(smtp_sink, message, failure):
    words, _ = failure(open_channel(smtp_sink.url_with("u:hunter2@")).send, message())

    assert words == "the server does not offer what is needed"
    assert smtp_sink.messages == []


def test_a_password_may_be_sent_unencrypted_within_this_machine(start, message):
    sink = start(SmtpSink, login=("u", "hunter2"))

    open_channel(sink.url_with("u:hunter2@")).send(message())

    assert [mail["encrypted"] for mail in sink.messages] == [False]


def test_a_password_is_never_sent_unencrypted_to_another_machine(start, message, failure):
    sink = start(SmtpSink, host=_outer_address(), login=("u", "hunter2"))

    words, _ = failure(open_channel(sink.url_with("u:hunter2@")).send, message())

    assert words == "no encryption offered: the password was not sent"
    assert sink.messages == sink.logins == []


# Apprise


def _through_apprise(sink: HttpSink, path: str = "") -> str:
    return sink.url.replace("webhook+http", "json") + path


def test_apprise_delivers_what_we_do_not_know(http_sink, message):
    send_within(open_channel(_through_apprise(http_sink)), message(), LONG)

    [request] = http_sink.requests
    assert request["body"]["title"] == "A scheduled check is due."
    assert request["body"]["message"] == "A scheduled check is due. Ref 7F3K."


@pytest.mark.parametrize("status", [302, 404, 500])
# Apprise.notify() would call an optional failure a success, and repeat by itself
@pytest.mark.parametrize("path", ["", "?optional=yes&retry=3"])
def test_what_apprise_cannot_deliver_is_a_failure_after_one_try(
    status, path, http_sink, message, failure
):
    http_sink.status, http_sink.headers = status, {"Location": "/elsewhere"}

    words, _ = failure(open_channel(_through_apprise(http_sink, path)).send, message())

    assert words == "Apprise could not deliver"
    assert len(http_sink.requests) == 1


@pytest.mark.parametrize(
    ("chosen", "limits"),
    [("", (10.0, 10.0)), ("?rto=0.1", (10.0, 10.0)), ("?rto=12&cto=99", (14.0, 12.0))],
)
def test_apprise_has_our_timeouts_or_longer_ones_of_its_url(http_sink, chosen, limits):
    """Who gives up before the far end answers would send the same again and again."""
    channel = open_channel(_through_apprise(http_sink, chosen))

    assert channel.service.request_timeout == limits


def test_a_service_that_breaks_is_a_failed_try(http_sink, message, failure):
    channel = open_channel(_through_apprise(http_sink))

    assert failure(channel.send, message(title="", body=""))[0] == "Apprise could not deliver"
    assert http_sink.requests == []


# nothing leaks


@pytest.mark.parametrize("status", [200, 500])
def test_no_log_and_no_output_shows_what_was_sent_nor_where_to(
    status, http_sink, start, message, caplog, capfd
):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # that is the sink, not us
    smtp_sink = start(SmtpSink, login=("canary", "canary"))
    http_sink.status = status
    smtp_sink.status = "250 OK" if status == 200 else "554 canary"
    secret = message(title="canary", body="canary body", key="canary-key")
    urls = (
        smtp_sink.url_with("canary:canary@", to="canary@example.org"),
        http_sink.url.replace("://", "://canary:canary@") + "/canary?canary=canary",
        _through_apprise(http_sink, "/canary?+canary=canary").replace("://", "://canary:canary@"),
    )

    failures = []
    for url in urls:
        try:
            send_within(open_channel(url), secret, LONG)
        except Exception as failure:
            failures.append(str(failure))

    assert len(http_sink.requests) == 2
    assert len(failures) == (0 if status == 200 else 3)
    shown = caplog.text + "".join(capfd.readouterr()) + "".join(failures)
    assert "canary" not in shown
    assert "127.0.0.1" not in shown


# many, and at once


def test_several_sends_at_once_do_not_mix_up(http_sink, message):
    channel = open_channel(http_sink.url)
    threads = [
        threading.Thread(target=send_within, args=(channel, message(key=f"key-{number}"), LONG))
        for number in range(20)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    keys = [(one["headers"]["Idempotency-Key"], one["body"]["key"]) for one in http_sink.requests]
    assert sorted(keys) == sorted((f"key-{number}",) * 2 for number in range(20))


# the sinks themselves, as other processes use them


@pytest.fixture
def sink_process(tmp_path):
    """Run a sink as a process of its own; gives its port and its file."""
    file, running = tmp_path / "taken.jsonl", []

    def run(kind: str) -> tuple[int, Path]:
        command = [sys.executable, str(SINKS), kind, "0", str(file)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        return int(process.stdout.readline()), file

    yield run
    for process in running:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


def test_an_http_sink_of_its_own_writes_down_what_it_got_before_it_answers(sink_process):
    port, file = sink_process("http")

    connection = HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/x", b'{"key": "k"}', {"Idempotency-Key": "k"})
    status = connection.getresponse().status
    lines = file.read_text().splitlines()
    connection.close()

    assert status == 200
    [taken] = map(json.loads, lines)
    assert (taken["path"], taken["body"]) == ("/x", {"key": "k"})
    assert taken["headers"]["Idempotency-Key"] == "k"


def test_an_smtp_sink_of_its_own_writes_down_what_it_got_before_it_answers(sink_process):
    port, file = sink_process("smtp")

    with smtplib.SMTP("127.0.0.1", port, "[127.0.0.1]") as server:
        text = "Message-ID: <k@x>\r\nSubject: s\r\n\r\nb\r\n"
        server.sendmail("a@example.org", ["b@example.org"], text)
        lines = file.read_text().splitlines()

    [taken] = map(json.loads, lines)
    assert (taken["message_id"], taken["subject"], taken["body"]) == ("<k@x>", "s", "b\r\n")
    assert (taken["from"], taken["to"]) == ("a@example.org", ["b@example.org"])


def comes_true(what: Callable[[], object]) -> bool:
    """Wait for something that must happen, however slow the machine is."""
    until = time.monotonic() + LONG
    while not what() and time.monotonic() < until:
        time.sleep(0.01)
    return bool(what())


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _outer_address() -> str:
    """Find an address of this machine that is not its loopback; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("needs an address beside the loopback")
        return probe.getsockname()[0]


@pytest.mark.parametrize("what", ["a pipe", "a folder", "a device without end"])
def test_a_channel_named_by_what_is_no_regular_file_is_refused_and_never_waited_for(tmp_path, what):
    place = {"a pipe": tmp_path / "pipe", "a folder": tmp_path}.get(what, "/dev/zero")
    if what == "a pipe":
        os.mkfifo(place)

    with pytest.raises(Refused, match="no channel's URL stands where file: points"):
        open_channel(f"file:{place}")


def test_what_goes_to_a_console_that_is_closed_does_not_count_as_sent(ward, database):
    ward.load(patient_lines())
    ward.contact("console:")
    shell = f"exec {sys.executable} -m monitor tick --now 2023-01-20T10:00:00+00:00 >&-"
    env = {**os.environ, "MONITOR_DB": database}
    subprocess.run(["sh", "-c", shell], env=env, capture_output=True, check=False)

    (owed,) = ward.outbox("owed")
    assert [one["error"] for one in owed["attempts"]] == ["standard output is closed"]
