"""Results as a table, and the line of their trend: blocks on a terminal that has them."""

import sys
from decimal import Decimal

from monitor.commands.render import say, table
from monitor.service.asking.results_list import ResultsAnswer, Trend

_BLOCKS = "▁▂▃▄▅▆▇█"
_MOST = 24  # of the newest values


def show_results(answer: ResultsAnswer) -> None:
    """Write results code by code, oldest first, and how each code went."""
    what = f"{answer.code or 'results'} of {answer.person.shown} up to {answer.as_of}"
    if not answer.results:
        say(f"no {what}")
        return
    say(what)
    names = ["code", "day", "value", "note", "event"]
    rows = []
    for one in answer.results:
        code, day, event = one.result.code, one.result.on.isoformat(), str(one.result.event)
        rows.append([code, day, one.value, "; ".join(one.notes), event])
    if answer.code is not None:
        names, rows = names[1:], [row[1:] for row in rows]
    table(names, rows)
    if sys.stdout.isatty() and _has_blocks():
        for trend in answer.trends:
            say(drawn(trend))


def drawn(trend: Trend) -> str:
    """Draw the newest numbers as blocks, between the lowest and the highest of them."""
    results, numbers = trend.results[-_MOST:], trend.numbers()[-_MOST:]
    least, most = min(numbers), max(numbers)
    steps = (len(_BLOCKS) - 1) / (most - least) if most > least else Decimal(0)
    line = "".join(_BLOCKS[round((number - least) * steps)] for number in numbers)
    ends = [results[numbers.index(end)] for end in dict.fromkeys((least, most))]
    told = " to ".join(f"{end.comparator or ''}{end.compared:f}" for end in ends)
    return f"{trend.code} {line} {told} {trend.unit}"


def _has_blocks() -> bool:
    held = sys.stdout.encoding or getattr(sys.__stdout__, "encoding", None) or "ascii"
    try:
        _BLOCKS.encode(held)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
