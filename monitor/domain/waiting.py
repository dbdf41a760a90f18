"""Reports that do not count: which of them nothing has answered."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from monitor.domain.facts import Result, Status
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome

_NEVER = datetime.min.replace(tzinfo=UTC)  # of what is not stored yet


def unfit(
    reports: Iterable[Result],
    *,
    panel: Sequence[Result] = (),
    outcome: Outcome = Outcome.UNKNOWN,
) -> Finding | None:
    """Find the samples that were not fit: they have no value to trust.

    A whole panel of their day or later answers them; on their day not by an earlier sample of
    their own code.
    """
    whole = min((result.on for result in panel), default=None)
    own = {result.code for result in panel if result.on == whole}
    found = [
        report
        for report in reports
        if report.status is Status.UNSUITABLE
        and (whole is None or report.on > whole or (report.on == whole and report.code in own))
    ]
    if not found:
        return None
    newest = {report.code: report for report in found}.values()
    told = (f"{r} on {r.on}, the sample was not fit, another is needed" for r in newest)
    return Finding(outcome=outcome, message="; ".join(told), facts=tuple(newest))


_ASKED_FOR = {
    Status.UNSUITABLE: "the sample was not fit: take another one now",
    Status.PRELIMINARY: "not final any more: ask for the final result, or take another one now",
}

_NOT_FINAL = {
    Status.UNSUITABLE: "the sample was not fit",
    Status.PRELIMINARY: "not final yet",
}


def until_then(reports: Iterable[Result], message: str) -> str:
    """Say that what was taken back goes on, and what ends it."""
    words = once_each(f"{r.code} of {r.on}, {_ASKED_FOR[r.status]}" for r in reports)
    return f"{words}. Until then as before: {message}"


_ENDED_BY = {
    Status.UNSUITABLE: "the sample was not fit: only a value of that day or soon after it",
    Status.PRELIMINARY: "not final any more: only a final value of that day",
}


def of_its_time(reports: Iterable[Result], message: str) -> str:
    """Say the same of what no later sample can answer: it says nothing of that time."""
    words = once_each(f"{r.code} of {r.on}, {_ENDED_BY[r.status]}" for r in reports)
    return f"{words}, or to retract it, ends this. Until then as before: {message}"


def if_final(reports: Iterable[Result], message: str) -> str:
    """Say what it would mean if these were final."""
    words = once_each(f"{r} on {r.on}, {_NOT_FINAL[r.status]}" for r in reports)
    return f"{words}. If it is true: {message}"


def missing_final(reports: Sequence[Result], since: Sequence[Result]) -> Finding | None:
    """Say of reports that would stand until a person waives them that they never became final."""
    if not reports:
        return None
    told = once_each(f"{r} on {r.on}" for r in reports)
    message = f"{told}, its final report is missing: ask for it. If it is true it stands until a "
    message += "person waives it"
    facts = (*reports, *since)
    return Finding(outcome=Outcome.UNKNOWN, message=message, facts=facts, against=tuple(reports))


def once_each(words: Iterable[str]) -> str:
    """Join what is said of several reports; two samples of a day may say the same."""
    return "; ".join(dict.fromkeys(words))


def without_answered(
    waiting: Mapping[str, Sequence[Result]], results: Mapping[str, Mapping[date, Sequence[Result]]]
) -> dict[str, list[Result]]:
    """Leave out the reports that a counting value of their own day has answered."""
    found: dict[str, list[Result]] = {}
    for code, reports in waiting.items():
        by_day = results.get(code, {})
        for report in reports:
            counting = by_day.get(report.on, ())
            if _is_early_second(report):
                early = [r for r in reports if _is_early_second(r) and r.on == report.on]
                is_open = report not in _answered(early, _final_of(report, counting))
            else:
                is_open = _is_open(report, counting)
            if is_open:
                found.setdefault(code, []).append(report)
    return found


def _is_open(report: Result, counting: Sequence[Result]) -> bool:
    """Say whether no value of its day answers it.

    A preliminary value waits for the final one of its own sample: a first one for a first one, a
    second one for a second one. Of that one it is newer where it was first recorded later, or taken
    back later. Any sample answers one that was not fit, but a second one only what came after it.
    Of several second samples nobody knows which a corrected one is: it answers none of them.
    """
    if report.status is Status.PRELIMINARY:
        return all(
            report.began_after(v) or (report.once is not None and report.came_after(v))
            for v in _final_of(report, counting)
        )
    if not counting:
        return True
    newer = (value for value in counting if value.began_after(report) and not value.of_several)
    return report.is_second and not any(newer)


def _answered(early: Sequence[Result], final: Iterable[Result]) -> list[Result]:
    """List the preliminary second samples that are answered: all, by as many final values.

    Of which sample one of these is nobody says; while there are fewer, any may be open.
    """
    answered: list[Result] = []
    came = 0
    for value in sorted(final, key=lambda v: (v.begun_at or _NEVER, v.identity)):
        asked = [r for r in early if r not in answered and not r.began_after(value)]
        came = came + 1 if asked else 0
        if asked and came >= len(asked):
            answered, came = [*answered, *asked], 0
    return answered


def _is_early_second(report: Result) -> bool:
    is_early = report.status is Status.PRELIMINARY and report.once is None
    return is_early and report.is_second


def _final_of(report: Result, counting: Sequence[Result]) -> list[Result]:
    """List what may be the final value of a preliminary one: a first one's of a first one."""
    return [v for v in counting if v.is_second == report.is_second and not v.of_several]
