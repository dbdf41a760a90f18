"""An answer that a person recorded by name: what is never inferred from anything else."""

from dataclasses import dataclass

from monitor.domain.events import Answer
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """One answer to one question, recorded by somebody who is named."""

    fact: str
    value: str

    def answer(self, view: View) -> Answer | None:
        """Find the newest answer, if it says so and by whom."""
        newest = view.answer(self.fact)
        if newest is None or newest.value != self.value or newest.by is None:
            return None
        return newest
