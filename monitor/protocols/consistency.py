"""Numbers and words of one rule that must agree with each other: order, sense, completeness.

Each rule was readable by itself; here its parts are held against each other, so that a rule
that could never act, or would act the wrong way round, is a fault of the file.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from monitor.domain.catalogue import Catalogue, FactKind, ResultCode
from monitor.domain.dates import Span
from monitor.domain.rule import Rule
from monitor.domain.rules.after_infusions import AfterLowNadir
from monitor.domain.rules.after_rounds import AfterEachRound, AfterLowResult
from monitor.domain.rules.asked import Asked, PriorExposure
from monitor.domain.rules.baseline import AgainstBaseline
from monitor.domain.rules.ceiling import Ceiling
from monitor.domain.rules.combined import Prophylaxis, RisingWith
from monitor.domain.rules.count_level import CountLevel
from monitor.domain.rules.critical_result import CriticalResult
from monitor.domain.rules.dose_adjustment import Decision, DoseTable, Spell
from monitor.domain.rules.dosing import BodySurface, DoseSize, Interval
from monitor.domain.rules.expectations import AfterEachInfusion, NextInfusion, Series
from monitor.domain.rules.fever_with_low_count import FeverWithLowCount
from monitor.domain.rules.found_in_facts import (
    ExposureUnknown,
    LowResult,
    ResultWord,
    SymptomReported,
    TotalAbove,
)
from monitor.domain.rules.lasting import Recurring, SeriesAbove
from monitor.domain.rules.limits import Limit
from monitor.domain.rules.low_lines import LowAgain, LowLines
from monitor.domain.rules.phased_count import PhasedCount
from monitor.domain.rules.repeats import AlsoBy, CriticalRepeat, SampleRepeat
from monitor.domain.rules.result import ResultRequired
from monitor.domain.rules.rounds import Cycle, Rounds
from monitor.domain.rules.warning import Window
from monitor.protocols import daily
from monitor.protocols.strict_yaml import Document, Path, suggestion

Fault = tuple[Path, str]  # where in the rule, what is wrong and what would be right

_FEBRUARY = date(2001, 2, 1)  # spans from here on are as short as they get
_WORST_GRADE = 4
# The keys that name another rule, and of which kind it must be.
_OTHER_RULES: dict[type[Rule], dict[str, type[Rule]]] = {
    **{kind: {"of": CriticalResult} for kind in (CriticalRepeat, SampleRepeat)},
    SymptomReported: {"gives_way_to": FeverWithLowCount},
}


def check(
    document: Document, catalogue: Catalogue, rules: Iterable[Rule], table: DoseTable | None
) -> None:
    """Add every disagreement to the document."""
    rules = list(rules)
    for rule in rules:
        section = rule.section
        faults = [*_faults(rule, catalogue), *rule.faults(catalogue)]
        if "lead" in document.content[section][rule.name]:
            faults += _of_lead(rule)
        for inside, words in faults:
            document.complain((section, rule.name, *inside), words)
        for key, kind in _OTHER_RULES.get(type(rule), {}).items():
            named = getattr(rule, key)
            known = [other.name for other in rules if isinstance(other, kind)]
            if named and named not in known:
                words = f"no warning '{named}' of that kind: {suggestion(named, known)}"
                document.complain((section, rule.name, key), words)
    for inside, words in _of_table(table, catalogue) if table else ():
        document.complain(("dose_table", *inside), words)


def _faults(rule: Rule, catalogue: Catalogue) -> Iterator[Fault]:
    match rule:
        case ResultRequired():
            yield from _of_result(rule, catalogue)
        case Asked():
            yield from _of_yes(rule, catalogue)
        case PriorExposure():
            yield from _number_fact(("asks",), rule.asks, catalogue)
        case TotalAbove():
            yield from _number_fact(("prior",), rule.prior, catalogue)
            yield from _positive(("mg_per_m2",), rule.mg_per_m2 > 0, "100 mg/m2")
        case ExposureUnknown():
            yield from _number_fact(("prior",), rule.prior, catalogue)
        case Ceiling():
            yield from _positive(("ceiling",), rule.ceiling > 0, f"72 {rule.measure}")
            for number, amount in enumerate(rule.reduced.amounts if rule.reduced else ()):
                yield from _number_fact(("reduced", "amounts", number), amount, catalogue)
            if rule.reduced is not None and not 0 < rule.reduced.ceiling_mg_per_m2 < rule.ceiling:
                words = f"'{rule.reduced.ceiling_mg_per_m2}' is not below `ceiling`"
                yield ("reduced", "ceiling"), f"{words}: write less than {rule.ceiling} mg/m2"
        case DoseSize():
            if rule.most_mg_per_m2 is not None:
                yield from _positive(("most",), rule.most_mg_per_m2 > 0, "12 mg/m2")
                if rule.rounding_percent > rule.tolerance_percent:
                    words = f"'{rule.rounding_percent} %' is more than `tolerance`"
                    yield ("rounding",), f"{words}: write at most {rule.tolerance_percent} %"
            elif rule.per_infusion_mg is None:
                yield (), "no size is limited: add `most: 12 mg/m2` or `per_infusion: 20 mg`"
        case BodySurface():
            yield from _numbers(("height",), [rule.height], catalogue)
            yield from _numbers(("weight",), [rule.weight], catalogue)
        case Interval():
            earliest = _days(rule.usual) - rule.early_days
            if rule.never_before_days > earliest:
                words = f"'{rule.never_before_days} days' is after the usual day less `early`"
                yield ("never_before",), f"{words}: write at most {max(earliest, 0)} days"
        case NextInfusion():
            if rule.after is not None:
                yield from _opening(("opens",), rule.opens_days, ("after",), rule.after)
        case PhasedCount():
            yield from daily.phased_count(rule, catalogue)
        case CountLevel():
            yield from daily.count_level(rule, catalogue)
        case AfterEachInfusion():
            yield from _ordered("opens", rule.opens_days, "due", rule.due_days)
            yield from _ordered("due", rule.due_days, "overdue_after", rule.overdue_after_days)
        case AfterLowNadir():
            yield from _numbers(("lines",), [line.code for line in rule.lines], catalogue)
            yield from _ordered("opens", rule.opens_days, "due", rule.due_days)
            yield from _ordered("due", rule.due_days, "overdue_after", rule.overdue_after_days)
        case Series():
            yield from _opening(("opens",), rule.opens_days, ("every",), rule.every)
            if rule.lasts is not None and rule.lasts.after(_FEBRUARY) < rule.every.after(_FEBRUARY):
                words = f"'{rule.lasts}' ends before the first check is due"
                yield ("lasts",), f"{words}: write at least {rule.every}"
        case Recurring() | AfterLowResult() | SeriesAbove():
            yield from _of_spans(rule, catalogue)
        case AfterEachRound():
            for number, span in enumerate(rule.at):
                yield from _opening(("opens",), rule.opens_days, ("at", number), span)
        case Rounds():
            yield from _of_rounds(rule)
        case Prophylaxis():
            yield from _positive(("lasts",), _days(rule.lasts) > 0, "2 months")
            yield from _of_limit(("limit",), rule.code, rule.limit, catalogue)
        case RisingWith():
            yield from _numbers(("code",), [rule.code], catalogue)
            yield from _words(("value",), catalogue.results.get(rule.result), [rule.value])
        case Window():
            yield from _of_window(rule)
        case AgainstBaseline():
            yield from _numbers(("code",), [rule.code], catalogue)
            for number, row in enumerate(rule.beyond):
                if row.below is row.fallen_below_percent is row.risen_above_percent is None:
                    words = "nothing is compared: add for instance `fallen_below: 70 %`"
                    yield ("beyond", number), words
        case LowResult():
            yield from _of_limit(("limit",), rule.code, rule.limit, catalogue)
        case ResultWord():
            code = catalogue.results.get(rule.code)
            yield from _words(("value",), code, [rule.value])
        case FeverWithLowCount():
            yield from _numbers(("code",), [rule.code], catalogue)
            if rule.very_low > rule.low:
                words = f"'{rule.very_low}' is above `low`"
                yield ("very_low",), f"{words}: write at most {rule.low}"
            within, known = rule.count_within_days, rule.known_within_days
            yield from _ordered("known_within", known, "count_within", within)
        case SampleRepeat():
            for number, stand_in in enumerate(rule.also_by):
                for inside, words in _of_stand_in(stand_in, catalogue):
                    yield ("also_by", number, *inside), words
        case CriticalResult():
            yield from _numbers(("rows",), [row.code for row in rule.rows], catalogue)
        case LowLines() | LowAgain():
            codes = [line.code for line in rule.lines]
            yield from _numbers(("lines",), codes, catalogue)
            if len(set(codes)) == 1:
                words = f"only '{codes[0]}': one line is never a picture, name two codes or more"
                yield ("lines",), words
            if isinstance(rule, LowAgain):
                return
            blasts = catalogue.results.get(rule.blasts)
            yield from _words(("blasts_word",), blasts, [rule.blasts_word])
        case _:
            pass


def _of_yes(rule: Asked, catalogue: Catalogue) -> Iterator[Fault]:
    """Check what counts as the answer yes: of a question that is asked, and has that answer."""
    for key in ("yes_by_infusions", "yes_by_amounts"):
        for fact, named in getattr(rule, key).items():
            if "yes" not in rule.asks.get(fact, {}):
                known = [asked for asked, outcomes in rule.asks.items() if "yes" in outcomes]
                hint = suggestion(fact, known)
                yield (key, fact), f"'{fact}' is not asked here with the answer yes: {hint}"
            for number, amount in enumerate(named if key == "yes_by_amounts" else ()):
                yield from _number_fact((key, fact, number), amount, catalogue)


def _of_stand_in(row: AlsoBy, catalogue: Catalogue) -> Iterator[Fault]:
    """Find a panel that stands for a code and never could, or whatever it says."""
    codes = [catalogue.results[name] for name in row.panel if name in catalogue.results]
    spoken = [code for code in codes if code.words]
    for code in spoken if row.word is not None else ():
        yield from _words(("word",), code, [row.word or ""])
    if spoken and row.word is None:
        words = f"'{spoken[0].name}' would do it whatever it says"
        yield (), f"{words}: add for instance `word: {spoken[0].words[0]}`"
    if codes and not spoken and row.word is not None:
        yield ("word",), f"'{codes[0].name}' is a number, not a word: leave `word` out"


def _of_lead(rule: Rule) -> Iterator[Fault]:
    """Find a check that people are told of before it opens, when nothing could do it yet."""
    lead, opens = getattr(rule, "lead_days", 0), getattr(rule, "opens_days", 0)
    if isinstance(rule, AfterEachInfusion):
        opens = rule.due_days - rule.opens_days
    if isinstance(rule, PhasedCount):
        opens = min((phase.opens_days for phase in rule.phases), default=0)
    if lead > max(opens, 0):
        words = f"'{lead} days' before it is due the check is not open yet"
        yield ("lead",), f"{words}: write at most {max(opens, 0)} days"


def _of_result(rule: ResultRequired, catalogue: Catalogue) -> Iterator[Fault]:
    if all(code in catalogue.results for code in rule.limits):
        for number, panel in enumerate(rule.panels):
            if not panel:
                yield ("panels", number), "the panel is empty: name at least one code"
            for code in panel:
                if code not in rule.limits and code in catalogue.results:
                    words = f"no limit for '{code}': add it under `limits`"
                    yield ("panels", number), words
    for code, limit in rule.limits.items():
        yield from _of_limit(("limits", code), code, limit, catalogue)
    if rule.usable_days is not None and rule.usable_days <= rule.fresh_days:
        words = f"'{rule.usable_days} days' is not longer than `fresh`"
        yield ("usable",), f"{words}: write more than {rule.fresh_days} days, or leave it out"
    answer = rule.no_answer
    if answer is not None and (fact := catalogue.facts.get(answer.fact)) is not None:
        words_of = ("yes", "no") if fact.kind is FactKind.YES_NO else fact.words
        if answer.value not in words_of:
            hint = suggestion(answer.value, words_of)
            yield ("no_answer", "value"), f"unknown answer '{answer.value}': {hint}"


def _of_limit(path: Path, name: str, limit: Limit, catalogue: Catalogue) -> Iterator[Fault]:
    code = catalogue.results.get(name)
    if code is None:
        return
    if code.words:
        if limit.own_uln or limit.own_lln or not limit.limits_nothing:
            example = f"`words: {{{code.words[0]}: met}}`"
            yield path, f"'{name}' is a word, not a number: write for instance {example}"
        elif missing := [word for word in code.words if word not in limit.words]:
            yield path, f"no outcome for {', '.join(missing)}: list it under `words`"
    elif limit.words:
        example = f"`at_least: 1.5 {code.unit}`"
        yield path, f"'{name}' is a number, not a word: write for instance {example}"
    elif limit.limits_nothing and not (limit.own_uln or limit.own_lln or limit.any_value):
        words = f"'{name}' has no limit, so that every value would be good"
        yield path, f"{words}: add `at_least: … {code.unit}` or `own_uln: true`"


def _of_spans(
    rule: Recurring | AfterLowResult | SeriesAbove, catalogue: Catalogue
) -> Iterator[Fault]:
    yield from _opening(("opens",), rule.opens_days, ("every",), rule.every)
    key = "until" if isinstance(rule, AfterLowResult) else "lasts"
    last: Span | None = getattr(rule, key)
    if last is not None and _days(last) < _days(rule.every):
        words = f"'{last}' ends before the first check is due"
        yield (key,), f"{words}: write at least {rule.every}"
    if isinstance(rule, AfterLowResult):
        yield from _numbers(("code",), [rule.code], catalogue)
    if isinstance(rule, SeriesAbove):
        yield from _number_fact(("prior",), rule.prior, catalogue)
        yield from _positive(("mg_per_m2",), rule.mg_per_m2 > 0, "300 mg/m2")


def _of_rounds(rule: Rounds) -> Iterator[Fault]:
    if rule.within_days >= _days(rule.apart):
        words = f"'{rule.within_days} days' is not shorter than `apart`"
        yield ("within",), f"{words}: write less than {_days(rule.apart)} days"
    if rule.most is not None:
        yield from _positive(("most",), rule.most > 0, "2")
    for inside, words in _of_cycle(rule.cycle, rule.within_days) if rule.cycle else ():
        yield ("cycle", *inside), words


def _of_cycle(cycle: Cycle, round_within: int) -> Iterator[Fault]:
    if cycle.times is not None:
        yield from _positive(("times",), cycle.times > 0, "2")
    yield from _ordered("within", cycle.within_days, "from", cycle.from_days)
    yield from _ordered("from", cycle.from_days, "until", cycle.until_days)
    yield from _ordered("until", cycle.until_days, "within", round_within)


def _of_window(rule: Window) -> Iterator[Fault]:
    if rule.lasts is not None:
        yield from _positive(("lasts",), _days(rule.lasts) > 0, "3 months")
    if rule.lasts is None and rule.lasts_for_women is not None:
        yield ("lasts_for_women",), "without `lasts` it says nothing: add `lasts: 6 months`"
    first, last = rule.peak_from_days, rule.peak_until_days
    if (first is None) != (last is None):
        there, missing = "peak_from", "peak_until"
        if first is None:
            there, missing = missing, there
        yield (there,), f"a peak needs both ends: add `{missing}: 14 days`"
    if first is not None and last is not None:
        yield from _ordered("peak_from", first, "peak_until", last)
        if rule.lasts is not None and last > _days(rule.lasts):
            words = f"'{last} days' is after the window's end"
            yield ("peak_until",), f"{words}: write at most {_days(rule.lasts)} days"


def _of_table(table: DoseTable, catalogue: Catalogue) -> Iterator[Fault]:
    for number, scale in enumerate(table.counts):
        path: Path = ("counts", number, "from_value")
        yield from _numbers(("counts", number), [scale.code], catalogue)
        falling = all(a > b for a, b in zip(scale.from_value, scale.from_value[1:], strict=False))
        if len(scale.from_value) != _WORST_GRADE or not falling:
            yield path, "write 4 falling numbers: where grades 0, 1, 2 and 3 begin"
    signs = table.infection
    yield from _words(("infection", "value"), catalogue.results.get(signs.result), [signs.value])
    for name, spell in (("after", table.after), ("before", table.before)):
        for inside, words in _of_spell(spell):
            yield (name, *inside), words


def _of_spell(spell: Spell) -> Iterator[Fault]:
    taken: set[int] = set()
    for number, row in enumerate(spell.rows):
        path: Path = ("rows", number)
        for grade in row.grades:
            if grade > _WORST_GRADE:
                yield (*path, "grades"), f"'{grade}' is no WHO grade: write 0 to 4"
            if grade in taken:
                yield (*path, "grades"), f"grade '{grade}' has a row already: keep one"
            taken.add(grade)
        if (row.decision is Decision.REDUCE) != (row.mg_per_m2 is not None):
            words = f"'{row.decision}' and `mg_per_m2` do not fit"
            yield path, f"{words}: only `decision: reduce` has one, such as 8 mg/m2"
    for grade in spell.alone:
        if grade > _WORST_GRADE:
            yield ("alone",), f"'{grade}' is no WHO grade: write 0 to 4"


def _number_fact(path: Path, name: str, catalogue: Catalogue) -> Iterator[Fault]:
    numbers = [fact for fact, code in catalogue.facts.items() if code.kind is FactKind.NUMBER]
    if path == ("asks",) and name not in catalogue.facts:
        yield path, f"unknown fact '{name}': {suggestion(name, numbers)}"
    elif name in catalogue.facts and name not in numbers:
        yield path, f"'{name}' is no number: write for instance {numbers[0]}"


def _numbers(path: Path, codes: Iterable[str], catalogue: Catalogue) -> Iterator[Fault]:
    numbers = [name for name, code in catalogue.results.items() if code.units]
    for code in codes:
        if code in catalogue.results and code not in numbers:
            yield path, f"'{code}' is a word, not a number: {suggestion(code, numbers)}"


def _words(path: Path, code: ResultCode | None, words: Iterable[str]) -> Iterator[Fault]:
    for word in words:
        if code is not None and word not in code.words:
            yield path, f"'{word}' is no word of {code.name}: {suggestion(word, code.words)}"


def _positive(path: Path, is_positive: bool, example: str) -> Iterator[Fault]:
    if not is_positive:
        yield path, f"'0' makes no sense here: write for instance {example}"


def _ordered(first: str, earlier: int, second: str, later: int) -> Iterator[Fault]:
    if earlier > later:
        words = f"'{earlier} days' is later than `{second}`, {later} days"
        yield (first,), f"{words}: write at most {later} days"


def _opening(path: Path, opens: int, about: Path, every: Span) -> Iterator[Fault]:
    if _days(every) <= 0:
        yield about, f"'{every}' makes no sense here: write for instance 3 months"
    elif opens >= _days(every):
        words = f"'{opens} days' before is longer than the time between"
        yield path, f"{words}: write less than {_days(every)} days"


def _days(span: Span) -> int:
    """Give the fewest days that a span can have."""
    return (span.after(_FEBRUARY) - _FEBRUARY).days
