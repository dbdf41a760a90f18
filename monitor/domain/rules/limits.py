"""What a value of one code means: the limits that it is held against, and their words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from monitor.domain.catalogue import Catalogue
from monitor.domain.facts import Result
from monitor.domain.faults import Fault, Path
from monitor.domain.keys import amount
from monitor.domain.outcome import Outcome
from monitor.domain.rules import bands
from monitor.domain.rules.bands import Band

BAD = (Outcome.HOLD, Outcome.STOP)
GOOD = (Outcome.MET, Outcome.CAUTION)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """What a value of one code means."""

    at_least: Decimal | None = None  # in the first unit of the code
    or_own_lln: bool = False  # the laboratory's own lower limit, where it is higher
    own_lln: bool = False  # not below the laboratory's own lower limit
    below: Outcome = Outcome.HOLD
    hold_below: Decimal | None = None  # holds, whatever `below` says
    caution_below: Decimal | None = None  # good enough, and a caution
    at_most: Decimal | None = None  # in the first unit of the code
    caution_above: Decimal | None = None  # good enough, and a caution
    own_uln: bool = False  # not above the laboratory's own upper limit
    above: Outcome = Outcome.HOLD
    bands: tuple[Band, ...] = ()  # instead: the gravest first; a value in none is met
    words: Mapping[str, Outcome] = field(default_factory=dict)
    any_value: bool = False  # the source asks for the test and gives no limit

    def faults(self, path: Path, name: str, catalogue: Catalogue) -> Iterator[Fault]:
        """Find that it says nothing of a code, or what only the other kind of code can mean."""
        code = catalogue.results.get(name)
        if code is None:
            return
        for inside, words in bands.faults(self.bands):
            yield (*path, "bands", *inside), words
        if self.bands and self != Limit(bands=self.bands):
            yield path, "`bands` say it all: leave the rest out"
        if code.words:
            if self.own_uln or self.own_lln or not self.limits_nothing:
                example = f"`words: {{{code.words[0]}: met}}`"
                yield path, f"'{name}' is a word, not a number: write for instance {example}"
            elif missing := [word for word in code.words if word not in self.words]:
                yield path, f"no outcome for {', '.join(missing)}: list it under `words`"
        elif self.words:
            example = f"`at_least: 1.5 {code.unit}`"
            yield path, f"'{name}' is a number, not a word: write for instance {example}"
        elif self.limits_nothing and not (self.own_uln or self.own_lln or self.any_value):
            words = f"'{name}' has no limit, so that every value would be good"
            yield path, f"{words}: add `at_least: … {code.unit}` or `own_uln: true`"

    def in_words(self, name: str, code: str | None, catalogue: Catalogue) -> str:
        """Write what is good; beside several rules also what follows from the rest."""
        judged = name != "limit"

        def shown(key: str) -> str:
            return amount(getattr(self, key), key, code, catalogue)

        said = [band.in_words(name, code, catalogue) for band in self.bands]
        if self.at_least is not None:
            floor = f"at least {shown('at_least')}"
            if self.or_own_lln:
                floor += ", or the laboratory's own lower limit where that is higher"
            said.append(f"{floor}; below: {self.below}" if judged else floor)
        if self.own_lln:
            said.append(f"at least the laboratory's own lower limit; below: {self.below}")
        if self.at_most is not None:
            most = f"at most {shown('at_most')}"
            said.append(f"{most}; above: {self.above}" if judged else most)
        if self.caution_below is not None:
            said.append(f"a caution below {shown('caution_below')}")
        if self.caution_above is not None:
            said.append(f"a caution above {shown('caution_above')}")
        if self.any_value:
            said.append("any value")
        if self.own_uln:
            said.append(f"at most the laboratory's own upper limit; above: {self.above}")
        return ", ".join((*said, *(f"{word}: {outcome}" for word, outcome in self.words.items())))

    @property
    def limits_nothing(self) -> bool:
        """Say whether no figure limits a value."""
        figures = (self.at_least, self.at_most, self.caution_below, self.caution_above)
        return not self.bands and all(figure is None for figure in figures)

    def floor(self, result: Result) -> Decimal | None:
        """Give the lowest value that is good for this result."""
        if self.at_least is None:
            return result.lln if self.own_lln else None
        if self.or_own_lln and result.lln is not None:
            return max(self.at_least, result.lln)
        return self.at_least

    def judge(self, result: Result) -> Outcome:
        """Say what a value means; unknown where it cannot be judged."""
        if isinstance(result.value, str):
            return self.words.get(result.value, Outcome.UNKNOWN)
        if self.bands:
            return bands.judge(self.bands, result)[0]
        floor = self.floor(result)
        if floor is None and self.own_lln:
            return Outcome.UNKNOWN
        if self.hold_below is not None and result.value < self.hold_below:
            return max(self.below, Outcome.HOLD, key=lambda outcome: outcome.rank)
        if floor is not None and result.value < floor:
            return self.below
        if self.own_uln:
            if result.uln is None:
                return Outcome.UNKNOWN
            if result.value > result.uln:
                return self.above
        if result.is_limit_odd and (self.own_uln or (self.own_lln and self.at_least is None)):
            return Outcome.UNKNOWN
        return self._judge_amount(result.value)

    def _judge_amount(self, value: Decimal) -> Outcome:
        if self.at_most is not None and value > self.at_most:
            return self.above
        is_low = self.caution_below is not None and value < self.caution_below
        is_high = self.caution_above is not None and value > self.caution_above
        return Outcome.CAUTION if is_low or is_high else Outcome.MET

    def words_for(self, result: Result, unit: str) -> str:
        """Say the limit that a result was held against, in the first unit of its code."""
        held = self._held(result, unit)
        if not held or result.written is None:
            return held
        number = replace(result, value=result.written)
        return held if self.judge(number) is self.judge(result) else f"taken as {held}"

    def _held(self, result: Result, unit: str) -> str:
        if self.bands:
            return self._band_for(result, unit)
        floor, judged = self.floor(result), self.judge(result)
        is_caution = judged is Outcome.CAUTION
        if judged is Outcome.UNKNOWN and self.own_uln and result.uln is None:
            return "no upper limit of normal was given"
        if judged is Outcome.UNKNOWN and self.own_lln and floor is None:
            return "no lower limit of normal was given"
        if is_caution and self.caution_below is not None:
            return f"a caution below {self.caution_below.normalize():f} {unit}"
        if is_caution and self.caution_above is not None:
            return f"a caution above {self.caution_above.normalize():f} {unit}"
        value, held = result.value, ""
        if isinstance(value, str):
            return held
        if self.hold_below is not None and value < self.hold_below:
            held = f"below {self.hold_below.normalize():f}"
        elif floor is not None:
            held = f"{'below' if value < floor else 'at least'} {floor.normalize():f}"
        elif self.own_uln and result.uln is not None:
            limit = f"the upper limit of normal {result.uln.normalize():f}"
            held = f"{'above' if value > result.uln else 'not above'} {limit}"
        elif self.at_most is not None:
            held = f"{'above' if value > self.at_most else 'at most'} {self.at_most.normalize():f}"
        return held and f"{held} {unit}"

    def _band_for(self, result: Result, unit: str) -> str:
        _, band = bands.judge(self.bands, result)
        return "" if band is None else band.said_of(result, unit)


def said(result: Result) -> str:
    """Say a result by its code and as it was received."""
    return f"{result.code} {result.shown}"
