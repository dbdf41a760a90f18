"""Checks as a table: the newest of overdue ones, and what one test does in one line."""

from collections.abc import Iterator, Sequence
from datetime import date

from monitor.domain.checks import Check, Test, bundle
from monitor.domain.outcome import CheckState
from monitor.service.asking.answers import ListedCheck
from monitor.service.asking.identity import Person

Row = tuple[str, ...]

COLUMNS = ("due", "patient", "check", "no.", "state", "window", "counted from")


def check_rows(checks: Sequence[ListedCheck]) -> list[Row]:
    """Write checks by due day; of overdue ones of a rule and code the newest, and how many earlier.

    What one test does for several drugs stands in one line, with every reason.
    """
    overdue: dict[Row, list[ListedCheck]] = {}
    for listed in checks:
        if listed.check.state is CheckState.OVERDUE:
            overdue.setdefault(_folded_as(listed), []).append(listed)
    rows: list[Row] = []
    tests: list[Test] = []
    for listed in checks:
        check, same = listed.check, overdue.get(_folded_as(listed), [])
        state = check.state.value
        if check.state is CheckState.OVERDUE:
            if listed is not same[-1]:
                continue
            state += f", and {len(same) - 1} earlier" if len(same) > 1 else ""
        if check.state is CheckState.DONE:
            state += f" {check.done_on}" + (" (late)" if check.late else "")
        rows.append(
            (
                str(check.due),
                listed.person.shown,
                check.rule,
                str(check.occurrence),
                state,
                f"{check.opens} to {check.overdue_after}",
                ", ".join(filter(None, (str(check.anchor.on), check.about))),
            )
        )
        tests.append((listed.person.id, check, listed.today))
    groups = bundle(tests)
    return [_one_line([rows[n] for n in one], [tests[n][1].drug for n in one]) for one in groups]


def by_patient(checks: Sequence[ListedCheck]) -> Iterator[tuple[Person, list[str]]]:
    """Give each patient's checks to be done in a few lines: one a due day, repeats folded.

    The patients come in the order of their first due days.
    """
    of: dict[str, list[ListedCheck]] = {}
    for listed in checks:
        of.setdefault(listed.person.id, []).append(listed)
    for found in of.values():
        yield found[0].person, _lines(found)


def _lines(checks: Sequence[ListedCheck]) -> list[str]:
    several = len({listed.check.drug for listed in checks if listed.check.drug}) > 1
    same: dict[tuple[str, ...], list[Check]] = {}
    for listed in checks:
        late = str(listed.check.state is CheckState.OVERDUE)
        same.setdefault((late, *_folded_as(listed)), []).append(listed.check)
    lines: dict[tuple[date, str], dict[str, list[str]]] = {}
    for found in same.values():
        is_late, more = found[0].state is CheckState.OVERDUE, len(found) - 1
        shown = found[-1] if is_late else found[0]
        which = [shown.about, shown.drug if several else ""]
        words = " ".join([shown.rule, *(f"({word})" for word in which if word)])
        others = f"{more} earlier" if is_late else f"{more} more to {found[-1].due}"
        alike = lines.setdefault((shown.due, f"{shown.state:7}"), {})
        alike.setdefault(f" and {others}" if more else "", []).append(words)
    return [
        f"{due}  {state}  " + "; ".join(", ".join(of) + others for others, of in alike.items())
        for (due, state), alike in sorted(lines.items())
    ]


def _folded_as(listed: ListedCheck) -> Row:
    check = listed.check
    return (listed.person.id, check.drug, check.rule, check.about)


def _one_line(rows: Sequence[Row], drugs: Sequence[str]) -> Row:
    """Write what one test does as one row: the earliest due day, and both of all that differs."""
    if len(rows) == 1:
        return rows[0]
    due, patient, rules, numbers, *others = zip(*rows, strict=True)
    named = [f"{rule} ({drug})" for rule, drug in zip(rules, drugs, strict=True)]
    differing = (" + ".join(dict.fromkeys(cells)) for cells in others)
    return (due[0], patient[0], " + ".join(named), " + ".join(numbers), *differing)
