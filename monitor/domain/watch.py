"""What every patient is watched for, whatever the drug, and with no drug at all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from monitor.domain.facts import Infusion, Result
from monitor.domain.outcome import URGENCIES
from monitor.domain.protocol import Protocol
from monitor.domain.rules.warning import SafetyWarning
from monitor.domain.timeline import Timeline
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """The watch of one patient: all facts, and what must be known of the drugs of the courses."""

    timeline: Timeline  # of no drug
    protocol: Protocol
    # Of each drug its facts, and the protocol of each course.
    drugs: tuple[tuple[Timeline, Mapping[int, Protocol]], ...] = ()

    @property
    def rules(self) -> frozenset[str]:
        """Name the rules that it takes over from the protocols of the drugs, which have gates."""
        return frozenset(rule.name for rule in (*self.protocol.checks, *self.protocol.warnings))

    def seeing(self, timeline: Timeline) -> "Watch":
        """Watch as if a drug's facts were those of another timeline of it."""
        drugs = tuple((timeline if t.drug == timeline.drug else t, of) for t, of in self.drugs)
        return replace(self, drugs=drugs)

    def view(self, day: date, infusions: Sequence[Infusion] | None = None) -> View:
        """Look at all facts on a day."""
        given = [i for i in self.timeline.infusions if i.on <= day]
        given = given if infusions is None else list(infusions)
        low = [t for t, of in self.drugs if any(p.lowers_counts for p in of.values())]
        lowering = {timeline.drug for timeline in low}
        return View(
            self.timeline,
            day,
            infusions=given,
            dosing=[step for t, _ in self.drugs for step in t.dosing if step.on <= day],
            lowering=[infusion for infusion in given if infusion.drug in lowering],
            taken=[timeline.taking for timeline in low],
            own_table=self._own_table(day),
        )

    def _own_table(self, day: date) -> frozenset[str]:
        """Give the codes that no drug leaves to the watch: beside another drug its row counts."""
        tables = []
        for timeline, protocols in self.drugs:
            course = timeline.course_on(day)
            if course is not None:
                table = protocols[course.pinned_by.identity].judged(timeline, day)
                if table or course.running(day):
                    tables.append(table)
        return frozenset.intersection(*tables) if tables else frozenset()


def settled(
    protocol: Protocol, found: Sequence[SafetyWarning], others: Iterable[SafetyWarning]
) -> Iterator[SafetyWarning]:
    """Leave one warning for one count and for one fever: the gravest, which names the rest.

    `others` are those of the drugs, which are left as they are.
    """
    kinds = {rule.name: rule for rule in protocol.warnings}
    grave = [w for w in (*found, *others) if w.severity in URGENCIES]
    for warning in found:
        rule = kinds[warning.rule]
        if rule.gives_way(warning, found):
            continue
        beside = [w for w in grave if w is not warning and _shares(warning, w)]
        if any(rule.is_said_by(warning, w) for w in beside if w.rule != warning.rule):
            continue
        names = sorted({w.rule for w in beside} - {warning.rule})
        if names and warning.severity in URGENCIES:
            warning = replace(warning, message=f"{warning.message} Also: {', '.join(names)}.")
        yield warning


def _shares(warning: SafetyWarning, other: SafetyWarning) -> bool:
    return any(isinstance(fact, Result) and fact in other.facts for fact in warning.facts)
