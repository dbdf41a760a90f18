"""Answers that make a low count ordinary: asked about where one is on record already."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from monitor import protocols
from monitor.domain.corrections import Recorded, in_force
from monitor.domain.describing import describe
from monitor.domain.facts import COUNTING, Result
from monitor.store import codec
from monitor.store.facts import Draft


def doubtful_excuse(draft: Draft, rows: Sequence[Recorded]) -> Iterator[str]:
    """Say whether such an answer comes after a low count was recorded."""
    catalogue = protocols.catalogue()
    excuse = catalogue.facts[draft.body["fact"]].excuses
    if excuse is None or draft.body["value"] != excuse.value:
        return
    counts = (
        codec.alone(fact.row, catalogue)
        for fact in in_force(rows)
        if fact.row.kind == "result" and fact.row.body["code"] == excuse.code
    )
    low = [
        count
        for count in counts
        if isinstance(count, Result)
        and count.status in COUNTING
        and isinstance(count.value, Decimal)
        and count.value < excuse.below
    ]
    if low:
        last = max(low, key=lambda count: (count.on, count.event))
        yield f"{describe(last)} on {last.on} was known before this answer, and stays as it was"
