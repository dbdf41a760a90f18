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
    """Leave out the reports that a counting value of their own day has answered."""
    found: dict[str, list[Result]] = {}
    for code, reports in waiting.items():
        for report in reports:
            if _is_open(report, results.get(code, {}).get(report.on, ())):
                found.setdefault(code, []).append(report)
    return found


def _is_open(report: Result, counting: Sequence[Result]) -> bool:
    """Say whether no value of its day answers it.

    A preliminary value waits for the final one of its own sample: a first one for a first one, a
    second one for a second one. Of that one it is newer where it was first recorded later, or taken
    back later. Any sample answers one that was not fit, but a second one only what came after it.
    """
    if report.status is Status.PRELIMINARY:
        own = (value for value in counting if value.is_second == report.is_second)
        return all(
            report.began_after(value) or (report.once is not None and report.came_after(value))
            for value in own
        )
    if not counting:
        return True
    return report.is_second and not any(value.began_after(report) for value in counting)
