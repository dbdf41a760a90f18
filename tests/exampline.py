"""An invented drug that is taken daily, and its protocol: no clinical value stands in it.

Begin with at most 5 mg, again so after 3 days without it; after 20 days it is a start.
"""

from datetime import date, timedelta
from decimal import Decimal

from monitor import protocols
from monitor.domain.assessment import Treatment, evaluate
from monitor.domain.facts import CourseStarted, Dosing, Event
from monitor.domain.rules.answer import Gate
from monitor.domain.rules.question import Proposal
from monitor.domain.timeline import Timeline
from monitor.protocols.reader import read_protocol
from tests.facts import numbered, result, step, woman

FIRST = date(2023, 3, 1)
CITES = "cites: [{source: LABEL, where: here, kind: stated, supports: ["
COUNT = "code: neutrophils, normal: {at_least: 1.5 10*9/L}, restart_after: 20 days"


def head(given: str = "daily") -> str:
    """Write what stands before the rules of a protocol of the invented drug."""
    return f"""
protocol: exampline
version: 1.0.0
status: draft
drug: exampline
title: Exampline
jurisdiction: EX
indication: An invented one
summary: An invented drug.
lowers_counts: false
given: {given}
sources: {{LABEL: {{title: Label, address: example.org/label, seen: itself}}}}
"""


TEXT = f"""{head()}own_table: [neutrophils]
requirements:
  level: {{kind: count_level, title: level, {COUNT}, not_normal: hold, fresh: 4 days,
    levels: [{{below: 1.5 10*9/L, outcome: caution}}, {{below: 1.0 10*9/L, outcome: hold}}],
    {CITES}code, normal, restart_after, not_normal, fresh, levels]}}]}}
  recent: {{kind: on_schedule, title: recent, check: counts, late: unknown,
    {CITES}check, late]}}]}}
  amount: {{kind: restart_dose, title: amount, after_missed: 3 days, most: 5 mg,
    {CITES}after_missed, most]}}]}}
checks:
  counts: {{kind: phased_count, title: counts, audience: [nurse], lead: 0 days, {COUNT},
    baseline: 4 days, repeat: 1 day,
    phases: [{{every: 10 days, opens: 2 days, overdue: 2 days}}],
    while_low: [{{below: 1.5 10*9/L, every: 2 days, overdue: 1 day}}],
    recovery: {{every: 10 days, times: 2, opens: 2 days, overdue: 2 days}},
    {CITES}audience, lead, code, normal, restart_after, baseline, repeat, phases, while_low,
    recovery]}}]}}
warnings:
  against: {{kind: given_against_gate, title: against, severity: caution, message: "Look:",
    missing_counts_within: 30 days, {CITES}severity, message, missing_counts_within]}}]}}
  low: {{kind: low_result, title: low, severity: caution, message: Low., code: neutrophils,
    limit: {{at_least: 0.5 10*9/L}}, {CITES}severity, message, code, limit]}}]}}
  fever-time: {{kind: window, title: fever, severity: info, message: Fever., opened_by: stop,
    lasts: 14 days, {CITES}severity, message, opened_by, lasts]}}]}}
"""
PROTOCOL = read_protocol("ours.yaml", TEXT, protocols.catalogue())


def day(number: int) -> date:
    return FIRST + timedelta(number)


def taken(action: str, on: int, mg: str | None = None) -> Dosing:
    return step(action, on=day(on), drug="exampline", mg=mg)


def counted(on: int, value: str = "3.0") -> Event:
    return result("neutrophils", value, on=day(on))


def begun(on: int) -> CourseStarted:
    return CourseStarted(
        event=0, on=day(on), recorded_on=day(on), protocol="exampline", version="1.0.0",
        digest="", drug="exampline",
    )  # fmt: skip


def treated(*facts: Event) -> Treatment:
    known = numbered([woman(), begun(-30), *facts])
    folded = Timeline("P", known, drug="exampline", catalogue=protocols.catalogue())
    return Treatment(
        timeline=folded, protocols={c.start.identity: PROTOCOL for c in folded.courses}
    )


def asked(*facts: Event, on: int, mg: str | None = None, today: int | None = None) -> Gate:
    proposal = Proposal(mg=None if mg is None else Decimal(mg))
    return treated(*facts).ask(
        on=day(on), today=day(on if today is None else today), proposal=proposal
    )


def left_out(answered: Gate) -> list[tuple[str, str | None]]:
    return [(s.action.value, s.mg and str(s.mg)) for s in answered.left_out]


def stands(*facts: Event, on: int) -> list[str]:
    return [w.message for w in evaluate(treated(*facts), day(on)).warnings if w.rule == "against"]
