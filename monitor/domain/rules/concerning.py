"""Whom a requirement is listed for: whom the protocol says, and whom it speaks against."""

from monitor.domain.rules.asked import Asked
from monitor.domain.rules.question import RequirementRule
from monitor.domain.rules.result import ResultRequired
from monitor.domain.view import View
from monitor.domain.when import begins


def concerns(rule: RequirementRule, view: View) -> bool:
    """Say whether a requirement is listed: it is for the patient, or the record speaks against."""
    begun = begins(rule.when, view)
    if begun is None or begun > view.day:
        return False
    if rule.applies_to.is_for(view.patient):
        return True
    return isinstance(rule, Asked | ResultRequired) and rule.speaks_against(view)
