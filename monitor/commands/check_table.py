"""Checks as a table: the newest of overdue ones, and what one test does in one line."""

from collections.abc import Sequence

from monitor.commands.render import say, table
from monitor.commands.shown import about, show_unknown
from monitor.domain.checks import Test, bundle
from monitor.domain.outcome import CheckState
from monitor.domain.rules.answer import NO_COURSE
from monitor.service.asking.answers import ChecksAnswer, ListedCheck

Row = tuple[str, ...]


def show_checks(answer: ChecksAnswer) -> None:
    """Show checks by due day; of overdue ones of a rule and code the newest, and how many earlier.

    What one test does for several drugs stands in one line, with every reason.
    """
    of = show_unknown(answer.unknown)
    if not answer.checks:
        until, as_of = answer.until, answer.as_of
        why = "" if answer.has_course else f": {NO_COURSE}"
        say(f"{of}nothing is due until {until} (as of {as_of}){about(answer.person)}{why}")
        return
    overdue: dict[Row, list[ListedCheck]] = {}
    for listed in answer.checks:
        if listed.check.state is CheckState.OVERDUE:
            overdue.setdefault(_folded_as(listed), []).append(listed)
    rows: list[Row] = []
    tests: list[Test] = []
    for listed in answer.checks:
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
    table(
        ("due", "patient", "check", "no.", "state", "window", "counted from"),
        [
            _one_line([rows[n] for n in group], [tests[n][1].drug for n in group])
            for group in bundle(tests)
        ],
    )


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
