"""One address a contact: whoever is named beside one that is refused would be told all day."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from monitor.delivery.channels import open_channel
from monitor.errors import Refused
from monitor.service.recording.contacts import add_contact
from monitor.store import engine as store
from tests.delivery.sinks import SmtpSink
from tests.delivery.test_unreached import GOOD, MAILGUN, SINCH, TELEGRAM, TWILIO, VONAGE
from tests.delivery.ward import Ward, fever, patient_lines

AT = datetime(2023, 1, 20, 8, tzinfo=UTC)
BOTH = "gone@example.org,nurse@example.org"


def typed(sink: SmtpSink, to: str) -> str:
    return sink.url_with(to=to)


def by_apprise(sink: SmtpSink, to: str) -> str:
    return f"mailto://127.0.0.1:{sink.port}/?from=a@example.org&mode=insecure&to={to}"


def for_a_day(ward: Ward) -> None:
    for minutes in (0, 11, 22, 60, 120, 360, 720, 1440):
        ward.tick((AT + timedelta(minutes=minutes)).isoformat(), code=None)


@pytest.mark.parametrize(
    "url",
    [
        f"smtp://mail.example.org/?from=a@example.org&to={BOTH}",
        "smtps://mail.example.org/?from=a@example.org&to=b@example.org&to=c@example.org",
        f"mailtos://user:pass@example.org?to={BOTH}",
        "mailtos://user:pass@example.org?to=b@example.org%3Bc@example.org",
        "mailtos://user:pass@example.org?to=b@example.org&cc=c@example.org",
        "mailtos://user:pass@example.org?to=b@example.org&bcc=c@example.org",
        "mailtos://user:pass@example.org/b@example.org/c@example.org",
        *(f"{way}{GOOD}%2C%2B4915155550124" for way in (TWILIO, VONAGE, SINCH)),
        f"{TWILIO}?to={GOOD},15555550124",
        TELEGRAM + "12345,67890",
        TELEGRAM + "12345/67890",
        MAILGUN + "nurse%40example.org,ward%40example.org",
        MAILGUN + "nurse%40example.org?cc=ward%40example.org",
        "ntfys://ntfy.example.org/ward-3,night",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnadfdajkjkfl/%23ward/%23night",
        "rockets://user:pass@example.org/%23ward/@nurse",
        "matrixs://user:pass@example.org/%23ward/%23night",
        "twist://password:user@example.com/%23ward/%23night",
        "onesignal://app@key/nurse/ward",
    ],
)
def test_a_channel_that_names_several_is_refused_whatever_its_kind(url):
    with pytest.raises(Refused, match="names several; one address a contact") as refused:
        open_channel(url)

    assert "\n" not in str(refused.value)
    assert "example.org" not in str(refused.value)


def test_ways_to_one_receiver_are_one_address_and_rooms_are_several():
    pytest.importorskip("apprise.plugins.cm")  # older ones know neither
    token = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"

    assert open_channel(f"cm://15555550100@{token}/{GOOD}?channel=sms,whatsapp") is not None
    assert open_channel("ircs://nurse@irc.example.org/%23ward") is not None
    with pytest.raises(Refused, match="names several"):
        open_channel("ircs://nurse@irc.example.org/%23ward/%23night")


def test_kinds_of_devices_that_one_request_reaches_are_one_address(http_sink, message):
    open_channel(f"parsep://app:key@127.0.0.1:{http_sink.port}/").send(message())

    (one,) = http_sink.requests
    assert one["body"]["where"] == {"deviceType": {"$in": ["ios", "android"]}}


@pytest.fixture
def kind(request, smtp_sink, tmp_path, monkeypatch, site):
    """Give a channel of such a kind, and a way to have it name two later."""
    way, by_its_library = request.param
    url = partial(by_apprise if by_its_library else typed, smtp_sink)
    file = tmp_path / "channel"

    def name(to: str) -> None:
        file.write_text(url(to))
        monkeypatch.setenv("WARD", url(to))
        site(mail=url(to.replace("nurse@example.org", "{to}")))

    name("nurse@example.org")
    named = {"file": f"file:{file}", "env": "env:WARD", "relay": "relay:mail?to=nurse@example.org"}
    return named[way], name


@pytest.mark.parametrize(
    "kind",
    [(way, by_its_library) for way in ("file", "env", "relay") for by_its_library in (False, True)],
    indirect=True,
)
def test_a_channel_that_names_two_later_sends_to_neither_is_named_and_the_next_role_is_told(
    kind, ward, smtp_sink, http_sink
):
    channel, name_now = kind
    smtp_sink.refused = {"gone@example.org"}
    ward.load(patient_lines("P-1", fever(AT.isoformat())))
    ward.contact(channel, name="W")
    ward.contact(http_sink.url, role="prescriber", name="Dr B")
    name_now(BOTH)

    for_a_day(ward)

    assert smtp_sink.messages == []
    assert http_sink.requests
    (found,) = [one for one in ward.ask("doctor")["checks"] if one["name"] == "policy"]
    assert not found["well"]
    assert "names several" in found["message"]
    owed = [one for one in ward.outbox("owed") if one["recipient"] == "W"]
    assert all("names several" in one["attempts"][-1]["error"] for one in owed)


@pytest.mark.parametrize(
    "url",
    [
        "smtp://mail.example.org/?from=a@example.org&to=ward@example.org,{to}",
        "mailtos://mail.example.org/?from=a@example.org&to={to}&cc=ward@example.org",
        TELEGRAM + "12345/{to}",
    ],
)
def test_a_relay_that_names_somebody_besides_is_a_fault_of_the_policy(url, site, monitor):
    site(mail=url)

    code, said, _ = monitor("policy check")

    assert code == 1
    assert "relays.mail: the channel names several" in said


def as_before(database: str, role: str, channel: str) -> None:
    """Add a contact as an older version let it be added."""
    engine = store.open_engine(store.parse_url(database))
    with store.writing(engine) as connection:
        add_contact(
            connection, patient="P-1", role=role, name="W", channel=channel,
            is_private=False, timezone=None, by="Ann", now=AT,
        )  # fmt: skip
    engine.dispose()


@pytest.fixture
def of_before(request, ward, smtp_sink, database):
    """Have an emergency, and a nurse with two addresses, of whom one is refused."""
    smtp_sink.refused = {"gone@example.org"}
    ward.load(patient_lines("P-1", fever(AT.isoformat())))
    as_before(database, "nurse", request.param(smtp_sink, BOTH))
    return ward


BY_BOTH = pytest.mark.parametrize("of_before", [typed, by_apprise], indirect=True)
NOTHING = "contact 1 (W) of P-1: the channel names several"


@BY_BOTH
@pytest.mark.parametrize("role", ["prescriber", "operator"])
def test_a_contact_of_an_older_version_that_names_several_has_the_next_told_at_once(
    of_before, smtp_sink, http_sink, role, caplog
):
    of_before.contact(http_sink.url, role=role, name="Dr B")

    ticked = of_before.tick(AT.isoformat(), code=1)

    assert ticked["undelivered"] == 1
    assert ticked["unheard"] == []
    assert "emergency" in [one["body"]["urgency"] for one in http_sink.requests]
    assert "contact 1 is told nothing; why, says: monitor doctor" in caplog.text
    for_a_day(of_before)
    assert smtp_sink.messages == []
    assert NOTHING in of_before.monitor("doctor")[1]


def test_a_channel_that_breaks_what_opens_it_keeps_nobody_from_being_told(
    ward, http_sink, monkeypatch
):
    def breaks(url: str) -> None:
        raise ValueError(url)

    ward.load(patient_lines("P-1", fever(AT.isoformat())))
    ward.contact("json://hunter2@localhost/", name="W")
    ward.contact(http_sink.url, role="operator", name="Olga")
    monkeypatch.setattr("monitor.delivery.channels.open_apprise", breaks)

    ticked = ward.tick(AT.isoformat(), code=1)

    assert ticked["unusable"] == 0
    assert "emergency" in [one["body"]["urgency"] for one in http_sink.requests]
    said = ward.monitor("contact list")[2]
    assert "it cannot be opened: ValueError" in said
    assert "hunter2" not in said


def test_a_nurse_hears_at_once_that_the_patient_was_not_told(ward, http_sink, database):
    ward.load(patient_lines("P-1", fever(AT.isoformat())))
    ward.contact(http_sink.url, private=True)
    as_before(database, "patient", "smtp://127.0.0.1:9/?from=a@example.org&to=" + BOTH)

    ward.tick(AT.isoformat(), code=1)

    assert "W could not be reached" in http_sink.requests[0]["body"]["body"]


@BY_BOTH
def test_where_nobody_else_is_there_it_reaches_nobody_and_that_is_said(of_before):
    assert "reaches nobody" in of_before.monitor(f"tick --now {AT.isoformat()}")[1]
    assert "P-1: an urgent warning reaches nobody" in of_before.monitor("doctor")[1]


@BY_BOTH
def test_a_second_channel_that_can_be_tried_is_tried(of_before, http_sink):
    of_before.contact(http_sink.url, name="W")

    of_before.tick(AT.isoformat(), code=None)
    of_before.tick((AT + timedelta(minutes=1)).isoformat(), code=None)

    (told,) = {one["body"]["key"] for one in http_sink.requests if "emergency" in str(one)}
    assert told


@BY_BOTH
def test_the_list_the_upgrade_and_the_word_of_the_day_say_who_is_told_nothing(of_before, http_sink):
    of_before.contact(http_sink.url, role="operator", name="Olga")

    code, _, upgrade = of_before.monitor("db upgrade")
    _, table, listed = of_before.monitor("contact list")
    of_before.tick((AT + timedelta(hours=3)).isoformat(), code=1)

    assert code == 0
    assert "told nothing" in table
    for said in (upgrade, listed):
        assert NOTHING in said
        assert "type: monitor contact change 1 --channel URL" in said
        assert "example.org" not in said
    assert [one["told"] for one in of_before.ask("contact list")["contacts"]] == [False, True]
    bodies = [one["body"]["body"] for one in http_sink.requests]
    (word,) = [body for body in bodies if body.startswith("alive: ")]
    assert ", 1 contact told nothing, head " in word


def test_a_clinic_whose_contacts_can_all_be_told_hears_nothing_of_it(ward, http_sink, caplog):
    ward.load(patient_lines("P-1"))
    ward.contact(http_sink.url, role="operator", name="Olga")

    said = [ward.monitor(typed)[2] for typed in ("db upgrade", "contact list")]
    ward.tick(AT.isoformat())

    assert "told nothing" not in "".join([*said, caplog.text, str(http_sink.requests)])
