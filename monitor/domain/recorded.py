"""An answer that a person recorded by name: what is never inferred from anything else."""

from dataclasses import dataclass
from datetime import date

from monitor.domain.facts import Answer, Result
from monitor.domain.intake import taken_since
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedAnswer:
    """One answer to one question, recorded by somebody who is named."""

    fact: str
    value: str

    def answer(self, view: View) -> Answer | None:
        """Find the newest answer, if it says so and by whom."""
        newest = view.answer(self.fact)
        if newest is None or newest.value != self.value or newest.by is None:
            return None
        return newest

    def excuses(self, view: View, result: Result, until: date | None = None) -> bool:
        """Say whether a low result is ordinary by it, so that a daily drug goes on (to a day).

        Nothing goes on where the drug is not taken; and to take it again calms nothing that was
        said while it was not: only a newer count does.
        """
        return self.explains(view, result) and taken_since(view, result.on, until or view.day)

    def explains(self, view: View, result: Result) -> bool:
        """Say whether a low result is ordinary by it, with a daily drug or without one.

        Where another drug that lowers counts was given, no low count is ordinary.
        """
        if view.lowering or view.lowered_beside(view.day) is not None:
            return False
        return self.covers(view, result)

    def covers(self, view: View, result: Result) -> bool:
        """Say whether it was answered when a result was first known: it takes nothing back.

        Lines of one file came together.
        """
        known: Answer | None = None
        for answer in reversed(view.answers(self.fact)):
            if answer.value != self.value or answer.by is None:
                break
            known = answer
        if known is None:
            return False
        if known.said_at is None or result.first_said_at is None:
            return True
        return result.first_said_at >= known.said_at
