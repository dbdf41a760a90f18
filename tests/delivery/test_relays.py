"""A relay is told once, in the policy; contacts name an address, and the record holds no secret."""

import pytest

from tests.delivery.sinks import SmtpSink
from tests.delivery.ward import fever, patient_lines

AT = "2023-01-20T08:00:00+00:00"
TO = "relay:mail?to=nurse+night@example.org"


@pytest.fixture
def smtp(start, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    return start(SmtpSink, login=("nurse", "h@nter:2/"), certificate=certificate)


def by_mail(smtp, secret) -> str:
    where = f"127.0.0.1:{smtp.port}/?from=clinic@example.org&to={{to}}"
    return f"smtp://nurse:{{file:{secret}}}@{where}"


@pytest.mark.parametrize("kind", ["file", "env"])
def test_a_contact_is_reached_through_a_relay_and_no_secret_is_stored(
    ward, smtp, secret, site, kind, monkeypatch
):
    monkeypatch.setenv("MAIL_SECRET", "h@nter:2/")
    url = by_mail(smtp, secret)
    site(mail=url.replace(f"file:{secret}", "env:MAIL_SECRET") if kind == "env" else url)
    ward.load(patient_lines("P-1", fever(AT)))
    ward.contact(TO)

    ward.tick(AT)

    assert {to for mail in smtp.messages for to in mail["to"]} == {"nurse+night@example.org"}
    assert smtp.logins[0] == ("nurse", "h@nter:2/")
    stored = b"".join(file.read_bytes() for file in ward.folder.glob("clinic.db*"))
    assert b"h@nter" not in stored
    assert b"h%40nter" not in stored
    shown = ward.type("contact list") + ward.type("outbox --json --state sent")
    assert "relay:mail?to=…" in shown
    assert "night" not in shown


def test_a_relay_that_moves_moves_for_all_and_its_secret_is_read_anew(
    ward, site, http_sink, secret
):
    site(hook="webhook+http://127.0.0.1:9/{to}")
    ward.load(patient_lines("P-1", fever(AT)))
    ward.contact("relay:hook?to=ward/3")
    ward.tick(AT, code=None)
    site(hook=http_sink.url.replace("://", f"://u:{{file:{secret}}}@") + "/{to}")

    ward.tick("2023-01-20T08:05:00+00:00")

    assert {request["path"] for request in http_sink.requests} == {"/hook/ward%2F3"}


def test_an_unknown_relay_is_refused_for_a_new_contact_in_one_line(ward, site):
    site()
    ward.load(patient_lines())

    add = f"contact add P-1 --role nurse --name N --channel '{TO}'"
    assert ward.monitor(add)[::2] == (
        2,
        'monitor: the policy has no relay "mail": see [relays] in monitor policy show\n',
    )


def test_several_addresses_and_private_detail_in_the_clear_are_asked_about_behind_a_relay_too(
    ward, site
):
    site(mail="smtp://mail.example.org/?from=a@example.org&to={to}")
    ward.load(patient_lines())
    add = "contact add P-1 --role nurse --name N --channel 'relay:mail?to=b@example.org{}'"

    assert "one address a contact" in ward.monitor(add.format(",c@example.org"))[2]
    assert "--confirm" in ward.monitor(add.format("") + " --private")[2]
    assert "plain addresses" in ward.monitor(add.format("&to=x@example.org"))[2]


def test_a_relay_that_is_gone_stops_nobody_else_and_is_named_by_doctor(
    ward, smtp, secret, site, http_sink
):
    site(mail=by_mail(smtp, secret))
    ward.load(patient_lines("P-1", fever(AT)))
    ward.contact(TO, name="A")
    ward.contact(http_sink.url, name="B")
    site()

    ward.tick(AT, code=1)

    assert {one["recipient"] for one in ward.outbox("sent")} == {"B"}
    (owed,) = [o for o in ward.outbox("owed") if o["rule"] == "febrile-neutropenia"]
    assert 'the policy has no relay "mail"' in owed["attempts"][0]["error"]
    (found,) = [one for one in ward.ask("doctor")["checks"] if one["name"] == "policy"]
    assert not found["well"]
    assert 'contact 1 (A) of P-1: the policy has no relay "mail"' in found["message"]


def test_a_secret_that_is_gone_is_named_by_the_check_of_the_policy_and_by_doctor(
    ward, smtp, secret, site
):
    site(mail=by_mail(smtp, secret))
    ward.load(patient_lines())
    ward.contact(TO)
    ward.type("policy check")
    secret.unlink()

    code, said, _ = ward.monitor("policy check")

    assert code == 1
    assert 'relays.mail: no secret of the relay "mail" stands where file: points' in said
    assert "no secret of the relay" in ward.monitor("doctor")[1]


@pytest.mark.parametrize(
    "url",
    [
        "mailtos://nurse:{file:/tmp/monitor/none}@example.org?to={to}",
        "tgram://123456789:{env:NOTHING}/{to}",
        "sns://{env:NOTHING}/{env:NOTHING}/us-east-1/{to}",
    ],
)
def test_an_apprise_relay_is_checked_with_an_address_or_a_number(site, monitor, url, monkeypatch):
    monkeypatch.setenv("NOTHING", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN")
    site(other=url)

    code, said, _ = monitor("policy check")

    assert (code, "no secret of" in said) == ((1, True) if "none" in url else (0, False))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("smtp://mail.example.org/?from=a@b.c&to=d@e.f", "write {to} where the address stands"),
        ("smtp://u:hunter2@m/?from=a@b.c&to={to}", "write the password as {file:PATH}"),
        ("smtp://u:{file:here}@m/?from=a@b.c&to={to}", "in braces stands to, env:NAME or"),
        ("smtp://u:{pass}@m/?from=a@b.c&to={to}", "in braces stands to, env:NAME or"),
        ("smtp://m/ ?from=a@b.c&to={to}", "write a URL as in monitor contact add"),
        ("smtp://[m/?from=a@b.c&to={to}", "this is not a URL"),
        ("pigeon://{to}", "no channel is known by this URL"),
        ("smtp://m/?to={to}", "smtp needs one from="),
    ],
)
def test_a_relay_that_cannot_be_meant_is_a_fault_of_the_policy(site, monitor, url, words):
    site(mail=url)

    code, said, err = monitor("policy check")

    assert code == 1
    assert f"relays.mail: {words}" in said + err
    assert "hunter2" not in said + err


@pytest.mark.parametrize("asked", ["relay:", "relay:mail", "relay:mail?to=", "relay:mail?to=a b"])
def test_a_relay_without_an_address_is_said_in_one_line(ward, site, asked):
    site(mail="smtp://mail.example.org/?from=a@example.org&to={to}")
    ward.load(patient_lines())

    code, _, err = ward.monitor(f"contact add P-1 --role nurse --name N --channel '{asked}'")

    assert code == 2
    assert "a relay is named with an address" in err
