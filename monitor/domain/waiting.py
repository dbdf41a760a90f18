"""Reports that do not count, as a requirement reads them: unknown, and never met."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from monitor.domain.clause import Finding
from monitor.domain.events import Result, Status, describe
from monitor.domain.outcome import Outcome


def waiting(
    reports: Iterable[Result],
    meaning: Callable[[Result], Outcome],
    *,
    panel: Sequence[Result] = (),
    unfit: Outcome = Outcome.UNKNOWN,
) -> Finding | None:
    """Find what such reports leave open, by what each would mean if it counted.

    An unfit sample has no value to trust. A whole panel of its day or later answers it; on its day
    not by an earlier sample of its own code. Of several preliminary ones the worst speaks. One that
    held while it counted still does. What would stop if it counted cannot be waived either.
    """
    found: dict[tuple[str, Status], tuple[Outcome, Result]] = {}
    is_waivable = True
    whole = min((result.on for result in panel), default=None)
    own = {result.code for result in panel if result.on == whole}
    for report in reports:
        is_unfit = report.status is Status.UNSUITABLE
        once = Outcome.MET if report.once is None else meaning(report.once)
        is_newer = whole is None or report.on > whole
        if is_unfit and not is_newer and not (report.on == whole and report.code in own):
            outcome = Outcome.MET
        elif once.rank > Outcome.UNKNOWN.rank:
            outcome = once
            is_waivable = is_waivable and once is not Outcome.STOP
        elif is_unfit:
            outcome = unfit
        else:
            outcome = meaning(report)
            is_waivable = is_waivable and outcome is not Outcome.STOP
            if outcome.rank > Outcome.UNKNOWN.rank:
                outcome = Outcome.UNKNOWN
        key = report.code, report.status
        if key not in found or outcome.rank >= found[key][0].rank:
            found[key] = outcome, report
    open_now = [(o, r) for o, r in found.values() if o is not Outcome.MET]
    if not open_now:
        return None
    words = {
        Status.UNSUITABLE: "the sample was not fit, another is needed",
        Status.PRELIMINARY: "not final yet",
    }
    return Finding(
        outcome=max((outcome for outcome, _ in open_now), key=lambda outcome: outcome.rank),
        message="; ".join(f"{describe(r)} on {r.on}, {words[r.status]}" for _, r in open_now),
        facts=tuple(report for _, report in open_now),
        waivable=is_waivable,
    )


def without_answered(
    waiting: Mapping[str, Sequence[Result]], results: Mapping[str, Mapping[date, Sequence[Result]]]
) -> dict[str, list[Result]]:
    """Leave out the reports that a counting value of their own day has answered.

    Not one of a newer sample than these, nor a preliminary one that was recorded after the last.
    """
    found: dict[str, list[Result]] = {}
    for code, reports in waiting.items():
        for report in reports:
            counting = results.get(code, {}).get(report.on, ())
            last = max(counting, key=lambda r: r.event, default=None)
            is_late = last is not None and report.came_after(last)
            if (is_late and report.status is Status.PRELIMINARY) or _is_newer(report, counting):
                found.setdefault(code, []).append(report)
    return found


def _is_newer(report: Result, counting: Iterable[Result]) -> bool:
    """Say whether it is of a newer sample than values of its day, or of the only one.

    To mend one of these makes it no newer. Of lines of one file, in any order, the one that nobody
    called a second one is of the first sample.
    """
    return all(
        report.is_second
        and (report.identity > value.identity or not (value.is_second or value.came_after(report)))
        for value in counting
    )
