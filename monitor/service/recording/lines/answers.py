"""Lines about what a person answered to a question of the catalogue."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache

from monitor import protocols
from monitor.domain.catalogue import FactKind
from monitor.domain.facts import Answer, Kind
from monitor.errors import BadOption
from monitor.service.input import text_fields
from monitor.service.recording.known import Known
from monitor.service.recording.lines.base import Dated, Text
from monitor.store.appender import Draft


class FactLine(Dated):
    """A person answers a question."""

    kind = Kind.FACT
    keeps_confirm = True
    may_warn = True
    rank = 6
    may_be_two = True
    of_one_day = True
    once = ("on", "fact")

    fact: Text
    value: Text

    def doubts(self, draft: Draft, known: Known) -> Iterator[str]:
        """Hold an answer against what is on record: low counts, and amounts given before."""
        self._refuse_other_words(known)
        is_amount = known.catalogue.facts[self.fact].kind is FactKind.NUMBER
        number = text_fields.find_number(self.value) if is_amount else None
        if not number:  # of nothing nothing is counted twice
            yield from self._too_late(known)
            return
        yield from self._lowered(number, draft.on, known)
        older = [
            dose
            for dose in known.given
            if dose.mg is not None
            and dose.on < draft.on
            and self.fact in prior_facts(dose.drug, known)
        ]
        if older:
            yield (
                f"{self.fact} {self.value}, and {len(older)} infusions from before "
                f"{draft.on} are on record (counted twice?)"
            )

    def _refuse_other_words(self, known: Known) -> None:
        if self.fact not in known.catalogue.facts:
            raise BadOption("fact", text_fields.unknown("fact", self.fact, known.catalogue.facts))
        question = known.catalogue.facts[self.fact]
        match question.kind:
            case FactKind.YES_NO:
                allowed: tuple[str, ...] = ("yes", "no", "unknown")
            case FactKind.WORD:
                allowed = question.words
            case FactKind.NUMBER:
                try:
                    text_fields.number(self.value)
                except ValueError as fault:
                    raise BadOption("value", f"{self.fact}: {fault}") from fault
                return
            case FactKind.TEXT:
                return
        if self.value not in allowed:
            given = text_fields.printable(self.value)
            raise BadOption("value", f"{self.fact} is {', '.join(allowed)}, not '{given}'")

    def _too_late(self, known: Known) -> Iterator[str]:
        """Ask about an answer that makes low counts ordinary, after one was recorded."""
        excuse = known.catalogue.facts[self.fact].excuses
        if excuse is None or self.value != excuse.value:
            return
        low = [
            count
            for count in known.counted(excuse.code)
            if isinstance(count.value, Decimal) and count.value < excuse.below
        ]
        if low:
            last = max(low, key=lambda count: (count.on, count.event))
            was = f"{last} on {last.on} was recorded before this answer"
            yield f"{was}, which does not change it"

    def _lowered(self, number: Decimal, on: date, known: Known) -> Iterator[str]:
        """Ask about an amount that is answered, or corrected, to less than it was."""
        said = [
            fact
            for fact in (*known.facts, *known.replaced)
            if isinstance(fact, Answer) and fact.fact == self.fact and fact.on <= on
        ]
        last = max(said, key=lambda answer: (answer.on, answer.event), default=None)
        if last is not None and number < Decimal(last.value):
            told = f"{self.value} after {last.value} on {last.on}"
            yield f"{self.fact} {told} (the amount given cannot become less)"


def prior_facts(drug: str, known: Known) -> frozenset[str]:
    """Name the facts that hold how much of a drug was given before this record."""
    pins = [course.start for course in known.courses if course.start.drug == drug]
    found = [pinned.prior_exposure for pin in pins if (pinned := known.protocol_of(pin))]
    return _shipped_prior_facts(drug) | frozenset(fact for fact in found if fact)


@cache
def _shipped_prior_facts(drug: str) -> frozenset[str]:
    shipped = (protocols.load(name) for name in protocols.shipped())
    found = (one.prior_exposure for one in shipped if one.drug == drug)
    return frozenset(fact for fact in found if fact)
