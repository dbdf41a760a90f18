"""Answers in words and tables, for people."""

from collections.abc import Sequence
from typing import Any

from monitor.commands.render import say, sources, table, values
from monitor.domain.reminders.bundle import Wanted, bundle
from monitor.service.asking.documents import NOT_JUDGED
from monitor.service.asking.identity import whom

NOT_REVIEWED = "draft protocol, not clinically reviewed"
ADVISES = "This program advises; people decide. It is not a certified medical device."

Answer = dict[str, Any]
Row = tuple[str, ...]


def show_patient(answer: Answer) -> None:
    """Show what is known of a patient, and the courses."""
    known = [
        (key.replace("_", " "), _word(answer[key]))
        for key in ("id", "name", "sex", "born", "can_conceive", "timezone", "language")
    ]
    if answer["closed_on"] is not None:
        known.append(("closed", f"{answer['closed_on']} ({answer['closed_reason']})"))
    for course in answer["courses"]:
        since = f"{course['protocol']} {course['version']} since {course['on']}, {course['state']}"
        ended = f" on {course['ended_on']}" if course["ended_on"] else ""
        known.append(("course", since + ended))
    values(known)


def show_gate(answer: Answer) -> None:
    """Show the gate, requirement by requirement."""
    what = "dose" if answer["exposure"] is None else "infusion"
    say(
        f"{answer['verdict'].upper()}  {whom(answer)}, {what} on {answer['on']}"
        f"  ({answer['protocol']} {answer['version']})"
    )
    if not answer["reviewed"]:
        say(f"  {NOT_REVIEWED}")
    if answer["verdict"] == "clear":
        say("  nothing recorded argues against it")
    for note in answer["notes"]:
        say(f"  {note}" if note.startswith(NOT_JUDGED) else f"  hold: {note}")
    for fact in answer["left_out"]:
        say(f"  caution: {fact['what']} of that day (event {fact['event']}) is on record, left out")
    advice = answer["dose_advice"]
    if advice is not None:
        size = f" to {advice['mg_per_m2']} mg/m2" if advice["mg_per_m2"] else ""
        say(f"  dose advice: {advice['decision']}{size}; {advice['message']}")
    dose, given = answer["dose"], answer["exposure"]
    if dose is not None:
        surface = (
            "body surface unknown"
            if dose["bsa_m2"] is None
            else (f"{dose['bsa_m2']} m2 = {dose['mg_per_m2']} mg/m2")
        )
        say(f"  dose: {dose['mg']} mg / {surface}")
    if given is not None:
        say("  " + _lifetime(given))
    table(
        ("requirement", "state", "why", "source"),
        [
            (r["rule"], r["state"].replace("_", " "), r["message"], sources(r["cites"]))
            for r in sorted(answer["requirements"], key=_gravity)
        ],
        indent=2,
    )
    say(f"  {ADVISES}")


def show_unknown(answer: Answer) -> str:
    """Show first of whom nothing is known; gives whom the rest of the answer is about."""
    for one in answer.get("unknown", []):
        say(f"NOT KNOWN  {one['why']}")
    return "of the others " if "unknown" in answer else ""


def show_gates(answer: Answer) -> None:
    """Show everybody planned for a day, one line each."""
    of, gates = show_unknown(answer), answer["gates"]
    if not gates:
        say(f"{of}nobody is booked for {answer['on']}")
        return
    rows = []
    for answer in gates:
        against = [
            f"{r['rule']} {r['state'].replace('_', ' ')}"
            for r in answer["requirements"]
            if r["verdict"] in ("hold", "stop")
        ]
        left_out = [f"{fact['what']} of that day left out" for fact in answer["left_out"]]
        reasons = [*answer["notes"], *left_out, *against]
        rows.append((whom(answer), answer["verdict"], "; ".join(reasons), answer["protocol"]))
    table(("patient", "verdict", "because", "protocol"), rows)
    if any(not answer["reviewed"] for answer in gates):
        say(NOT_REVIEWED)


def show_checks(answer: Answer, tests: Sequence[Wanted]) -> None:
    """Show checks by due day; of overdue ones of a rule and code the newest, and how many earlier.

    What one test does for several drugs stands in one line, with every reason.
    """
    of, checks = show_unknown(answer), answer["checks"]
    if not checks:
        say(f"{of}nothing is due until {answer['until']} (as of {answer['as_of']}){_of(answer)}")
        return
    earlier: dict[tuple[str, ...], int] = {}
    newest: dict[tuple[str, ...], int] = {}
    for position, check in enumerate(checks):
        if check["state"] == "overdue":
            key = _folded_as(check, tests[position])
            earlier[key] = earlier.get(key, -1) + 1
            newest[key] = position
    rows, of_rows = [], []
    for position, check in enumerate(checks):
        key = _folded_as(check, tests[position])
        state = check["state"]
        if state == "overdue":
            if newest[key] != position:
                continue
            if earlier[key]:
                state = f"overdue, and {earlier[key]} earlier"
        if state == "done":
            state = f"done {check['done_on']}" + (" (late)" if check["late"] else "")
        rows.append(
            (
                check["due"],
                whom(check),
                check["rule"],
                str(check["occurrence"]),
                state,
                f"{check['opens']} to {check['overdue_after']}",
                ", ".join(filter(None, (check["anchor"]["on"], tests[position].about))),
            )
        )
        of_rows.append(tests[position])
    table(
        ("due", "patient", "check", "no.", "state", "window", "counted from"),
        [
            rows[group[0]]
            if len(group) == 1
            else _one_line([rows[n] for n in group], [of_rows[n].drug for n in group])
            for group in bundle(of_rows)
        ],
    )


def _folded_as(check: Answer, test: Wanted) -> tuple[str, ...]:
    return (check["patient"], test.drug, check["rule"], test.about)


def show_warnings(answer: Answer) -> None:
    """Show warnings, the gravest first."""
    of = show_unknown(answer)
    if not answer["warnings"]:
        say(f"{of}no warning stands (as of {answer['as_of']}){_of(answer)}")
        return
    rows = [
        (w["severity"], whom(w), w["rule"], w["since"], w["until"] or "", w["message"])
        for w in answer["warnings"]
    ]
    table(("severity", "patient", "rule", "since", "until", "what"), rows)


def show_exposure(answer: Answer) -> None:
    """Show the lifetime dose, dose by dose."""
    say(f"{whom(answer)}: " + _lifetime({**answer, "given": answer["total"]}))
    if not answer["prior"] and not answer["infusions"]:
        say("no infusion on record")
        return
    rows = [
        (p["on"], "", "", p["mg_per_m2"] or "not added", "", p["what"]) for p in answer["prior"]
    ]
    rows += [
        (
            dose["on"],
            dose["mg"],
            dose["bsa_m2"] or "not recorded",
            dose["mg_per_m2"] or "unknown",
            dose["running_total"] or "unknown",
            "",
        )
        for dose in answer["infusions"]
    ]
    table(("day", "mg", "BSA m2", "mg/m2", "sum", ""), rows)


def show_explanation(answer: Answer) -> None:
    """Show why a rule says what it says."""
    say(
        f"{answer['rule']}: {answer['answer'].replace('_', ' ')}  ({answer['title']}, "
        f"{whom(answer)} as of {answer['as_of']})"
    )
    for reason in answer["because"]:
        say(f"  {reason}")
    if answer["arithmetic"]:
        say("arithmetic")
        for line in answer["arithmetic"]:
            say(f"  {line}")
    if answer["facts"]:
        say("facts used")
        for fact in answer["facts"]:
            say(f"  event {fact['event']}: {fact['what']} on {fact['on']}")
    say(
        f"sources  ({answer['protocol']} {answer['version']}"
        + ("" if answer["reviewed"] else f"; {NOT_REVIEWED}")
        + ")"
    )
    for cite in answer["cites"]:
        say(f"  [{cite['kind']}] {cite['source']}, {cite['title']}: {cite['where']}")


def show_history(answer: Answer) -> None:
    """Show everything on record, in the order of recording."""
    say(whom(answer))
    rows = [
        (str(e["event"]), e["on"], e["recorded_at"][:19], e["by"] or "", e["kind"], e["what"])
        for e in answer["entries"]
    ]
    table(("event", "day", "recorded (UTC)", "by", "kind", "what"), rows)


def _of(answer: Answer) -> str:
    """Say whom an empty answer is about."""
    return f" for {whom(answer)}" if "patient" in answer else ""


def _one_line(rows: Sequence[Row], drugs: Sequence[str]) -> Row:
    """Write what one test does as one row: the earliest due day, and both of all that differs."""
    due, patient, rules, numbers, *others = zip(*rows, strict=True)
    named = [f"{rule} ({drug})" for rule, drug in zip(rules, drugs, strict=True)]
    differing = (" + ".join(dict.fromkeys(cells)) for cells in others)
    return (due[0], patient[0], " + ".join(named), " + ".join(numbers), *differing)


def _word(value: str | bool | None) -> str:
    match value:
        case None:
            return "not recorded"
        case bool():
            return "yes" if value else "no"
        case str():
            return value


def _lifetime(given: Answer) -> str:
    if given["given"] is None:
        return f"lifetime dose unknown, at least {given['at_least']} of {given['ceiling']} mg/m2"
    over = f", over by {given['over_by']}" if given["over_by"] not in ("0.00", None) else ""
    left = f"{given['remaining']} left" + (
        f" ({given['remaining_mg']} mg)" if given.get("remaining_mg") else ""
    )
    return f"lifetime dose {given['given']} of {given['ceiling']} mg/m2, {left}{over}"


def _gravity(requirement: Answer) -> int:
    return ("not_met", "unknown", "caution", "met").index(requirement["state"])
