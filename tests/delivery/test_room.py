"""A digest over what a service takes is cut at whole patients."""

import pytest

from monitor.delivery.channels import open_channel
from monitor.delivery.text import compose
from monitor.domain.outcome import Urgency
from monitor.domain.reminders.message import Item, Message
from monitor.service.recording.contacts import add_contact
from monitor.store import engine as store
from tests.delivery.sending import NOW, a_message
from tests.delivery.ward import count, fever, lvef, patient_lines


def digest(*words: tuple[str, str], urgency: Urgency = Urgency.ROUTINE) -> Message:
    items = tuple(
        Item(stage="due", since="2023-01-20", words=said, patient=who) for who, said in words
    )
    return a_message(urgency=urgency, items=items)


def test_what_fits_is_whole():
    whole = digest(("P-1", "a" * 100), ("P-2", "b" * 100))

    assert compose(whole, now=NOW, room=4096) == compose(whole, now=NOW)


def test_patients_are_left_out_whole_and_counted():
    many = digest(*((f"P-{n}", f"P-{n} " + "§" * 600) for n in range(9)), ("P-0", "P-0 too"))

    body = compose(many, now=NOW, room=3686).body

    assert len(body) <= 3686
    assert "P-0 too" in body
    told = [n for n in range(9) if f"P-{n} §§" in body]
    assert told == list(range(len(told)))
    assert f"And {9 - len(told)} patients more" in body
    assert body.count("§") == 600 * len(told)
    assert "acknowledge 7F3K" in body


@pytest.mark.parametrize("room", [3, 100])
def test_one_that_does_not_fit_at_all_is_never_cut_in_its_middle(room):
    urgent = digest(("P-1", "x" * 5000), urgency=Urgency.EMERGENCY)

    assert "x" * 2 not in compose(urgent, now=NOW, room=room).body


def test_a_service_says_how_much_it_takes():
    telegram = open_channel("tgram://123456789:abcdefghijklmnopqrstuvwxyzABCDEFGHI/12345/")

    assert telegram.room == 3686
    assert open_channel("console:").room is None


@pytest.fixture
def told_of(ward, database):
    """Have a nurse told, with all detail, of so many patients over one channel."""

    def all_of(many: int, url: str, *facts) -> None:
        who = [f"P-{number:02}" for number in range(many)]
        ward.load(*(patient_lines(one, *facts) for one in who))
        engine = store.open_engine(store.parse_url(database))
        with store.writing(engine) as connection:
            for one in who:
                add_contact(
                    connection, patient=one, role="nurse", name="Ward 3", channel=url,
                    is_private=True, timezone=None, by="Ann", now=NOW,
                )  # fmt: skip
        engine.dispose()

    return all_of


@pytest.mark.parametrize(
    ("way", "most", "many"),
    [
        ("ntfy://127.0.0.1:{}/ward?mode=private", 7800, 32),
        ("mmost://127.0.0.1:{}/" + 24 * "a", 4000, 15),
    ],
)
def test_a_digest_goes_out_in_one_piece_cut_at_whole_patients(
    way, most, many, ward, http_sink, told_of
):
    told_of(many, way.format(http_sink.port))

    ward.tick("2023-03-10")

    (body,) = [one["body"].get("message") or one["body"]["text"] for one in http_sink.requests]
    told = [
        number for number in range(many) if f"P-{number:02} (born 1993-04-02), exampline" in body
    ]
    assert 5 < len(told) < many
    assert told == list(range(len(told)))
    assert body.count("This message is delayed 49 days.") == len(told)
    assert f"And {many - len(told)} patients more, for whom there is no room" in body
    assert body.endswith("people decide.")
    assert most * 0.75 < len(body) < most


def test_an_emergency_that_has_no_room_is_sent_without_its_reasons_and_never_half(
    ward, http_sink, told_of
):
    short = f"rocket://{'a' * 24}/{'b' * 24}@127.0.0.1:{http_sink.port}/%23ward"  # takes 1,000
    at = "2023-01-20T08:00:00+00:00"
    told_of(1, short, fever(at), *count("2023-01-20", "0.3"), lvef("45", "2023-01-20"))

    ward.tick("2023-01-20T08:05:00+00:00")

    (text,) = [one["body"]["text"] for one in http_sink.requests]
    assert text.startswith("A patient needs action now. Ref ")
    assert "And 1 patient, for whom there is no room: monitor outbox." in text
    assert "neutrophils" not in text
    assert len(text) < 1000
