"""What was sent on facts that were corrected since: judged by what was known when it was sent."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor.domain.corrections import Recorded
from monitor.domain.reminders.message import Delivery
from monitor.domain.reminders.policy import Stage
from monitor.domain.reminders.retraction import CORRECTED, Retraction, sent_wrongly
from monitor.domain.reminders.subject import Subject
from tests.domain.reminders.past import NOW, TODAY, due, past, warning

ACHE = due(warning())
OVERDUE = replace(ACHE, stage=Stage.OVERDUE)
SAID = past(ACHE)  # it counts from event 8
BEFORE = [8]


def row(event: int, *, corrects: int | None = None, **body: str) -> Recorded:
    return Recorded(
        event=event, patient="P", kind="result", on=TODAY - timedelta(days=event == 3),
        recorded_at=NOW, by=None, corrects=corrects, body={"code": "count", **body},
    )  # fmt: skip


def judged(
    *rows: Recorded,
    said=(SAID,),
    stages: Mapping[int, Stage],  # by a fact that is not known any more
    confirmed: Mapping[int, int] | None = None,
    **more,
) -> list[Retraction]:
    """Judge; the warning stands at the stage of the last of these facts that is known."""

    def stages_then(day: date, known: frozenset[int]) -> dict[Subject, Stage]:
        assert day == TODAY
        there = [stage for event, stage in stages.items() if event in known]
        return {ACHE.subject: there[-1]} if there else {}

    given = {"seen": 8, "retracted": (), **more}
    return sent_wrongly(
        rows, said, confirmed=lambda _: confirmed or {}, stages_then=stages_then, **given
    )


def test_what_its_correction_ends_was_wrong():
    found = judged(row(8), row(9, corrects=8), stages={8: Stage.WARNING, 9: Stage.AHEAD})

    assert found == [Retraction(reminders=(SAID,), why=CORRECTED)]


def test_what_one_message_said_wrongly_is_retracted_by_one():
    again = replace(SAID, key="again")
    facts = (row(8), row(9, corrects=8))

    found = judged(*facts, said=[SAID, again], stages={8: Stage.WARNING, 9: Stage.AHEAD})

    assert found == [Retraction(reminders=(SAID, again), why=CORRECTED)]


@pytest.mark.parametrize("truly", [Stage.WARNING, Stage.AHEAD])
def test_what_is_as_grave_as_corrected_was_right(truly):
    found = judged(row(8), row(9, corrects=8), stages={8: Stage.AHEAD, 9: truly})

    assert found == []


def test_a_result_that_a_laboratory_corrects_is_judged_with_it():
    wrong = judged(
        row(3), row(8), row(9, status="corrected"), stages={8: Stage.WARNING, 9: Stage.DUE}
    )
    final = judged(
        row(8), row(9), row(10, corrects=9), stages={8: Stage.WARNING, 10: Stage.DUE},
        confirmed={9: 8},
    )  # fmt: skip

    assert (len(wrong), len(final)) == (1, 1)


@pytest.mark.parametrize("more", [{"seen": 9}, {"retracted": {SAID.key}},
                                  {"said": [replace(SAID, known=9)]},
                                  {"said": [past(ACHE, Delivery.QUEUED)]},
                                  {"said": [replace(SAID, retracts="x")]}])  # fmt: skip
def test_what_was_considered_already_or_nobody_read_is_left(more):
    found = judged(row(8), row(9, corrects=8), stages={8: Stage.WARNING, 9: Stage.AHEAD}, **more)

    assert found == []


def test_what_was_not_so_when_it_was_sent_is_no_matter_of_corrections():
    assert judged(row(8), row(9, corrects=8), stages={}) == []


def test_a_subject_is_found_by_the_first_of_its_corrections():
    said = past(due(warning(event=9)), known=9)
    rows = [row(8), row(9, corrects=8), row(10, corrects=9)]

    found = judged(*rows, said=[said], seen=9, stages={9: Stage.WARNING, 10: Stage.DUE})

    assert len(found) == 1
