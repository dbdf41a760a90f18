"""Warnings that stand when a gate is asked: while one stands, no gate is clear."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol as Interface

from monitor.domain.clause import Finding, Rule
from monitor.domain.events import Event, Result, describe
from monitor.domain.outcome import Outcome, Severity
from monitor.domain.view import View
from monitor.domain.warning import Alert, Warned

_WEIGHED = {Severity.URGENT: Outcome.CAUTION, Severity.EMERGENCY: Outcome.HOLD}


class StandingFindings(Interface):
    """A warning that the gate lists as a requirement while it stands."""

    def requirement(self, view: View, said: Collection[Event]) -> tuple[Rule, Finding] | None:
        """Find the requirement, if the warning stands.

        `said` are the facts of which a requirement that is not clear speaks already.
        """


def listed(
    rule: Warned, alerts: Iterable[Alert], said: Collection[Event], *, cautions: bool = False
) -> tuple[Rule, Finding] | None:
    """List warnings as one requirement: an emergency holds, an urgent one is a caution.

    One that holds is always listed, another where nothing was said of its facts. Those that
    are a caution themselves are listed where `cautions` says so.
    """
    kept = []
    for alert in alerts:
        outcome = _WEIGHED.get(alert.severity or rule.severity)
        if outcome is None and cautions:
            outcome = Outcome.CAUTION
        if outcome is Outcome.HOLD or (outcome and not any(fact in said for fact in alert.facts)):
            kept.append((outcome, alert))
    if not kept:
        return None
    return rule, Finding(
        outcome=max((outcome for outcome, _ in kept), key=lambda outcome: outcome.rank),
        message=" ".join(alert.message for _, alert in kept),
        facts=tuple(dict.fromkeys(fact for _, alert in kept for fact in alert.facts)),
        waivable=False,
    )


def not_final(rule: Warned, early: Sequence[Result]) -> tuple[Rule, Finding] | None:
    """List preliminary results that a rule would warn of if they were final, as not known yet."""
    if not early:
        return None
    facts = tuple(dict.fromkeys(early))
    told = ", ".join(f"{describe(result)} on {result.on}" for result in facts)
    message = f"{told}: preliminary, and grave if it is true; wait for the final result"
    return rule, Finding(outcome=Outcome.UNKNOWN, message=message, facts=facts, waivable=False)
