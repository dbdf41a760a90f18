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
    since: date | None = None,
    unfit: Outcome = Outcome.UNKNOWN,
) -> Finding | None:
    """Find what such reports leave open, by what each would mean if it counted.

    What is no newer than a whole panel of `since` is answered by it, but for a preliminary value.
    An unfit sample has no value to trust; of several preliminary ones the worst speaks. One that
    held while it counted still does. What would stop if it counted cannot be waived either.
    """
    found: dict[tuple[str, Status], tuple[Outcome, Result]] = {}
    is_waivable = True
    for report in reports:
        is_unfit = report.status is Status.UNSUITABLE
        once = Outcome.MET if report.once is None else meaning(report.once)
        if is_unfit and since is not None and report.on <= since:
            outcome = Outcome.MET  # answered by a whole panel
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

    A preliminary one that was recorded after it, or of a second sample, is newer.
    """
    found: dict[str, list[Result]] = {}
    for code, reports in waiting.items():
        for report in reports:
            counting = results.get(code, {}).get(report.on, ())
            last = max(counting, key=lambda r: r.event, default=None)
            is_newer = last is not None and (
                report.came_after(last) or (report.is_second and report.event > last.event)
            )
            if last is None or (is_newer and report.status is Status.PRELIMINARY):
                found.setdefault(code, []).append(report)
    return found
