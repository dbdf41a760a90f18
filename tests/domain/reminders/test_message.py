"""The states of messages: nothing settled is sent, and the diagram shows what the table says."""

from pathlib import Path

from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.message import (
    OPEN,
    SETTLED,
    TRANSITIONS,
    Delivery,
    DeliveryEvent,
    Message,
    Via,
    leads_to,
)
from tests.domain.reminders.past import NOW

DOCS = Path(__file__).parents[3] / "docs" / "reminders.md"


def diagram() -> str:
    lines = [f"    {a.value} --> {b.value}: {event.value}" for a, event, b in TRANSITIONS]
    ends = [f"    {state.value} --> [*]" for state in (Delivery.SENT, Delivery.FAILED)]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {Delivery.QUEUED.value}", *lines, *ends])


def test_the_diagram_shows_the_table():
    assert f"```mermaid\n{diagram()}\n```" in DOCS.read_text(), diagram()


def test_every_state_is_reached_and_what_was_sent_or_given_up_stays_so():
    ways = {(a, b) for a, _, b in TRANSITIONS}

    assert {b for _, b in ways} == set(Delivery)
    assert {a for a, _ in ways} == set(Delivery) - {Delivery.SENT, Delivery.FAILED}
    assert set(OPEN) | set(SETTLED) == set(Delivery)


def test_an_event_leads_to_one_state_and_each_is_in_the_table():
    assert {event: leads_to(event) for event in DeliveryEvent}[
        DeliveryEvent.LEASED
    ] is Delivery.SENDING
    assert all(len({b for _, e, b in TRANSITIONS if e is event}) == 1 for event in DeliveryEvent)


def a_message(*, urgency: Urgency, tries: int) -> Message:
    ways = tuple(Via(url=f"{name}:", is_private=False) for name in ("one", "two"))
    return Message(key="k", role=Role.NURSE, recipient="N", address="a", channels=ways, zone="UTC",
                   urgency=urgency, rank=1, due_at=NOW, next_at=NOW, tries=tries)  # fmt: skip


def test_what_is_urgent_goes_over_to_another_channel_at_once_and_to_each_again():
    tried = [a_message(urgency=Urgency.URGENT, tries=n) for n in (1, 2, 3)]

    assert [one.via.url for one in tried] == ["one:", "two:", "one:"]
    assert [one.has_untried for one in tried] == [True, False, False]


def test_what_is_routine_is_tried_three_times_over_each_channel():
    tried = [a_message(urgency=Urgency.ROUTINE, tries=n) for n in range(1, 8)]

    assert [one.via.url for one in tried] == ["one:"] * 3 + ["two:"] * 3 + ["one:"]
    assert not any(one.has_untried for one in tried)
