"""Say that an answer calms what an earlier one said that no day makes untrue.

What was given, or an allergy, does not pass: to answer otherwise of a later day is a correction
that looks like news, and takes a stop away that nobody could waive.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from monitor import protocols
from monitor.domain.catalogue import FactKind
from monitor.domain.corrections import Recorded
from monitor.domain.facts import Answer, Kind
from monitor.service.asking.cases import Case


def calmed(case: Case, stored: Iterable[Recorded]) -> Iterator[str]:
    """Name for each new answer the newest one that it is calmer than, and how to mend either.

    A later "unknown" takes nothing back, so that it hides no answer before it.
    """
    news = {row.event for row in stored if row.kind == Kind.FACT}
    answers = [event for event in case.events if isinstance(event, Answer)] if news else []
    for new in (answer for answer in answers if answer.event in news):
        known = [one for one in answers if one.fact == new.fact and one.value != "unknown"]
        earlier = [one for one in known if one.on < new.on]
        newest = max(earlier, key=lambda one: (one.on, one.event), default=None)
        if newest is not None and _is_calmer(new, newest):
            yield _words(new, newest)


def _words(new: Answer, earlier: Answer) -> str:
    by = f", by {earlier.by}" if earlier.by else ""
    otherwise = f"retract {earlier.event}"
    if new.value != "unknown":
        otherwise = f"correct {earlier.event} --value {new.value}"
    return (
        f"{new.fact} {new.value} on {new.on} (event {new.event}): it was {earlier.value} on "
        f"{earlier.on} (event {earlier.event}{by}), and that does not change with time. "
        f"If {earlier.value} is right: monitor retract {new.event} --reason R. "
        f"If {earlier.value} was wrong: monitor {otherwise} --reason R"
    )


def _is_calmer(new: Answer, earlier: Answer) -> bool:
    code = protocols.catalogue().facts[new.fact]
    if not code.lasts:
        return False
    if code.kind is not FactKind.NUMBER:
        return earlier.value == code.worse != new.value
    return Decimal(earlier.value) > Decimal(new.value)
