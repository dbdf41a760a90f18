"""Whom a requirement is listed for: whom the protocol says, and whom it speaks against."""

from monitor.domain.rules.asked import Asked
from monitor.domain.rules.question import RequirementRule, applies
from monitor.domain.rules.result import ResultRequired
from monitor.domain.view import View


def concerns(rule: RequirementRule, view: View) -> bool:
    """Say whether a requirement is listed: it is for the patient, or the record speaks against."""
    if applies(rule.applies_to, view.patient):
        return True
    return isinstance(rule, Asked | ResultRequired) and rule.speaks_against(view)
