"""A digest over what a service takes is cut at whole patients."""

from datetime import UTC, datetime

import pytest

from monitor.delivery.channels import open_channel, room_of
from monitor.delivery.message import compose
from monitor.store.leasing import Item, Leased, Via

NOW = datetime(2023, 1, 20, 10, tzinfo=UTC)
VIA = Via(url="console:", is_private=True)


def digest(*words: tuple[str, str], urgency: str = "routine") -> Leased:
    items = tuple(
        Item(stage="due", since="2023-01-20", words=said, patient=who) for who, said in words
    )
    return Leased(key="k", ref="7F3K", role="nurse", urgency=urgency, due_at=NOW, until=NOW,
                  token=1, tries=1, channels=(VIA,), channel=0, items=items, text=None,
                  zone="UTC")  # fmt: skip


def test_what_fits_is_whole():
    whole = digest(("P-1", "a" * 100), ("P-2", "b" * 100))

    assert compose(whole, VIA, now=NOW, room=4096) == compose(whole, VIA, now=NOW)


def test_patients_are_left_out_whole_and_counted():
    many = digest(*((f"P-{n}", f"P-{n} " + "§" * 600) for n in range(9)), ("P-0", "P-0 too"))

    body = compose(many, VIA, now=NOW, room=3686).body

    assert len(body) <= 3686
    assert "P-0 too" in body
    told = [n for n in range(9) if f"P-{n} §§" in body]
    assert told == list(range(len(told)))
    assert f"And {9 - len(told)} patients more" in body
    assert body.count("§") == 600 * len(told)
    assert "acknowledge 7F3K" in body


@pytest.mark.parametrize("room", [3, 100])
def test_one_that_does_not_fit_at_all_is_never_cut_in_its_middle(room):
    urgent = digest(("P-1", "x" * 5000), urgency="emergency")

    assert "x" * 2 not in compose(urgent, VIA, now=NOW, room=room).body


def test_a_service_says_how_much_it_takes():
    telegram = open_channel("tgram://123456789:abcdefghijklmnopqrstuvwxyzABCDEFGHI/12345/")

    assert room_of(telegram) == 3686
    assert room_of(open_channel("console:")) is None
