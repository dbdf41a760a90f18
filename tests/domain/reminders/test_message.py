"""The states of messages: nothing settled is sent, and the diagram shows what the table says."""

from pathlib import Path

from monitor.domain.reminders.message import (
    OPEN,
    SETTLED,
    TRANSITIONS,
    Delivery,
    DeliveryEvent,
    leads_to,
)

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
