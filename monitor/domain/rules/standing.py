"""Warnings that stand when a gate is asked: while one stands, no gate is clear."""

from collections.abc import Collection, Iterable
from typing import Protocol as Interface

from monitor.domain.facts import Event
from monitor.domain.outcome import Outcome, Severity
from monitor.domain.rule import Finding, Rule
from monitor.domain.rules.warning import Alert, WarningRule
from monitor.domain.view import View

_WEIGHED = {Severity.URGENT: Outcome.CAUTION, Severity.EMERGENCY: Outcome.HOLD}


class StandingFindings(Interface):
    """A warning that the gate lists as a requirement while it stands."""

    def requirement(self, view: View, said: Collection[Event]) -> tuple[Rule, Finding] | None:
        """Find the requirement, if the warning stands.

        `said` are the facts of which a requirement that is not clear speaks already.
        """


def listed(
    rule: WarningRule, alerts: Iterable[Alert], said: Collection[Event], *, cautions: bool = False
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
