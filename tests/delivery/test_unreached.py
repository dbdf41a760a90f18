"""An Apprise URL of which a receiver would be left out, or that would send to its own number."""

import logging

import pytest

from monitor import policy
from monitor.delivery.channels import open_channel
from monitor.errors import Refused
from tests.delivery.ward import fever, patient_lines

AT = "2023-01-20T08:00:00+00:00"
A = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
B = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
TWILIO = f"twilio://{A}:{B}@15555550100/"
VONAGE = "vonage://AChhhhhhhh:iiiiiiiiiiiiiiii@15555550100/"
SINCH = f"sinch://{B}:{B}@15555550100/"
TELEGRAM = "tgram://123456789:abcdefghijklmnopqrstuvwxyzABCDEFGHI/"
PLIVO = "plivo://aaaaaaaaaaaaaaaaaaaaaaaaa@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/15555550100/"
MAILGUN = "mailgun://clinic@example.org/aaaaaaaa-bbbbbbbb-cccccccc/"
GOOD = "15555550123"


@pytest.mark.parametrize(
    "url",
    [
        *(way + bad for way in (TWILIO, VONAGE, SINCH) for bad in ("1555", "nurse%40example.org")),
        *(f"{way}{GOOD}/1555" for way in (TWILIO, VONAGE, SINCH, PLIVO)),
        *(f"{way}{GOOD}%2C1555" for way in (TWILIO, VONAGE, SINCH)),
        TELEGRAM + "%25%24",
        TELEGRAM + "12345,%25%24",
        f"{TWILIO}{GOOD},nurse%40example.org",
        f"{TWILIO}?to={GOOD},nurse@example.org",
        MAILGUN + "nurse%40example.org/nurse",
        MAILGUN + "nurse%40example.org,nurse",
        MAILGUN + "?to=nurse@example.org%3Bnurse",
        "mailtos://user:pass@example.org?to=nurse@example.org,nurse",
        "ntfys://host/ward/%21",
    ],
)
def test_a_receiver_that_would_be_left_out_is_refused_in_one_line(url):
    with pytest.raises(Refused, match="leave out a receiver") as refused:
        open_channel(url)

    assert "nurse" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_a_service_keeps_aside_is_left_out_whatever_it_says_of_it(request):
    request.addfinalizer(lambda: logging.disable(logging.NOTSET))
    logging.disable(logging.CRITICAL)

    with pytest.raises(Refused, match="leave out a receiver"):
        open_channel(f"clickatell://{'a' * 32}/{GOOD}/1555")


@pytest.mark.parametrize(
    "url",
    [
        *(TWILIO, VONAGE, SINCH, PLIVO),
        TWILIO + "15555550100",
        "signals://signal.example.org/15555550100",
        "ringc://_?token=aaaaaaaa&secret=bbbbbbbbbbbbbbbb&from=15555550100",
        "clickatell://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/",
        "seven://aaaaaaaaaaaaaaaaaaaaaaaaa/",
        "line://token",
    ],
)
def test_a_url_that_names_nobody_else_is_refused(url):
    with pytest.raises(Refused, match="names nobody"):
        open_channel(url)


@pytest.mark.parametrize(
    "url",
    [
        *(way + GOOD for way in (TWILIO, VONAGE, SINCH, PLIVO)),
        TELEGRAM + "-10012345",  # a group of the service's own
        MAILGUN + "nurse%40example.org",
        f"signals://signal.example.org/15555550100/{GOOD}",
        "bulksms://aaaaaaaaaa:bbbbbbbbbb@admin",  # to a group
        "nclouds://user:pass@cloud.example.org/#ward",
        "mailtos://user:pass@gmail.com",  # to the clinic's own mailbox
        "ntfys://ward-3",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnadfdajkjkfl/%23ward",
        "jsons://example.org/a,b?-tags=c,d",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnadfdajkjkfl",  # to the room of the hook
        "mmosts://example.org/3ccdd113474722377935511fc85d3dd4",
        "wxteams://" + "a" * 80,
    ],
)
def test_a_url_of_which_everybody_is_taken_or_nobody_need_be_named_is_accepted(url):
    assert open_channel(url) is not None


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Write the policy of a site with this relay for short messages."""
    file = tmp_path / "policy.toml"
    monkeypatch.setenv("MONITOR_POLICY", str(file))

    token = tmp_path / "token"
    token.write_text(B)

    def write(url: str) -> None:
        url = url.replace(B, f"{{file:{token}}}")
        file.write_text(policy.text(None).replace("[relays]\n", f'[relays]\nsms = "{url}"\n'))

    return write


@pytest.mark.parametrize("to", ["1555", "nurse@example.org", f"{GOOD},1555"])
def test_a_relay_that_would_leave_out_an_address_is_refused_and_never_counts_as_sent(
    ward, site, http_sink, to
):
    site(http_sink.url + "/{to}")
    ward.load(patient_lines("P-1", fever(AT)))
    ward.contact(f"relay:sms?to={to}", name="W")
    ward.contact(http_sink.url, name="B")
    site(TWILIO + "{to}")
    ward.type("policy check")

    ward.tick(AT, code=1)

    assert {one["recipient"] for one in ward.outbox("sent")} == {"B"}
    (owed,) = [o for o in ward.outbox("owed") if o["rule"] == "febrile-neutropenia"]
    assert "leave out a receiver" in owed["attempts"][0]["error"]
    (found,) = [one for one in ward.ask("doctor")["checks"] if one["name"] == "policy"]
    assert not found["well"]
    assert "contact 1 (W) of P-1: Apprise would leave out a receiver" in found["message"]
    add = f"contact add P-1 --role nurse --name N --channel 'relay:sms?to={to}'"
    assert "leave out a receiver" in ward.monitor(add)[2]
    ward.contact(f"relay:sms?to={GOOD}", name="C")


def test_a_relay_that_sends_to_its_own_number_whatever_the_address_is_a_fault_of_the_policy(
    site, monitor
):
    site(TWILIO + "?name={to}")

    code, said, _ = monitor("policy check")

    assert code == 1
    assert "relays.sms: this URL names nobody" in said


@pytest.mark.parametrize(
    "url",
    [
        TWILIO + "000000{to}",  # short numbers alone fit
        TWILIO.replace("15555550100", GOOD) + "{to}",  # the number that is tried is its own
    ],
)
def test_a_relay_for_addresses_of_another_kind_is_no_fault_of_the_policy(url, site, monitor):
    site(url)

    assert monitor("policy check")[0] == 0


def test_doctor_names_a_contact_whom_a_url_that_changed_would_leave_out(ward, http_sink, tmp_path):
    file = tmp_path / "url"
    file.write_text(http_sink.url)
    ward.load(patient_lines())
    ward.contact(f"file:{file}", name="W")
    assert ward.monitor("doctor")[1].count("contact 1 (W)") == 0
    file.write_text(TWILIO + "1555")

    assert "contact 1 (W) of P-1: Apprise would leave out a receiver" in ward.monitor("doctor")[1]
