"""Checks as a table: the newest of overdue ones, and what one test does in one line."""

from collections.abc import Sequence

from monitor.domain.checks import Test, bundle
from monitor.domain.outcome import CheckState
from monitor.service.asking.answers import ListedCheck

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
