"""Decisions about what is on record: correct, retract, waive. Nothing is edited or deleted."""

from typing import Annotated

import typer

from monitor.commands.options import (
    TODAY,
    By,
    Confirm,
    Db,
    Json,
    Named,
    Patient,
    need_day,
    now,
    parse_day,
    recorder,
)
from monitor.errors import BadOption, NotSaid

Event = Annotated[int, typer.Argument(metavar="EVENT", help="The number of the fact.")]
Reason = Annotated[str, typer.Option("--reason", metavar="R", help="Why.")]
New = Annotated[str | None, typer.Option(metavar="NEW", help="The right value.")]


def correct(
    event: Event,
    reason: Reason,
    on: New = None,
    at: New = None,
    value: New = None,
    comparator: New = None,
    unit: New = None,
    uln: New = None,
    lln: New = None,
    method: New = None,
    status: New = None,
    dose_mg: New = None,
    height_cm: New = None,
    weight_kg: New = None,
    bsa_m2: New = None,
    bsa_formula: New = None,
    route: New = None,
    despite: New = None,
    by: By = None,
    confirm: Confirm = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Replace a fact by one with the right values; both stay in the history.

    Example: monitor correct 12 --reason "typing error" --value 3.2
    """
    typed = dict(locals())  # what was typed, and nothing of below
    from monitor.commands.days import written_out
    from monitor.commands.opening import recording
    from monitor.commands.recording import followed, show_recorded
    from monitor.service.asking.history import fact_words
    from monitor.service.recording import corrections
    from monitor.service.recording.remarks import changed_words

    others = ("event", "reason", "by", "confirm", "db", "json")
    meant = written_out(typed)
    new = {key: text for key, text in meant.items() if key not in others and text is not None}
    if not new:
        raise NotSaid("no new value; say what is right, for instance --value 3.2")
    if confirm:
        new["confirm"] = True
    with recording(db) as connection:
        entry = corrections.correct(
            connection, event, new, reason=_said(reason), by=recorder(by), now=now()
        )
        was, now_is = fact_words(entry.replaced), fact_words(entry.first)
        echo = followed(connection, entry, old=was, new=now_is)
    said = f"corrected event {event}, {was}: {changed_words(entry.replaced, entry.first)}, for"
    show_recorded(echo, json=json, said=said)


def retract(event: Event, reason: Reason, by: By = None, db: Db = None, json: Json = False) -> None:
    """Take a fact back; it stays in the history.

    Example: monitor retract 12 --reason "wrong patient"
    """
    from monitor.commands.opening import recording
    from monitor.commands.recording import followed, show_recorded
    from monitor.service.asking.history import fact_words
    from monitor.service.recording import corrections

    with recording(db) as connection:
        entry = corrections.retract(
            connection, event, reason=_said(reason), by=recorder(by), now=now()
        )
        was = fact_words(entry.replaced)
        echo = followed(connection, entry, old=was)
    show_recorded(echo, json=json, said=f"took back event {event}: {was}, of")


def waive(
    patient: Patient,
    rule: Annotated[
        str | None, typer.Argument(metavar="RULE", help="For instance lvef; not with --all-of.")
    ] = None,
    reason: Reason = ...,  # type: ignore[assignment]  # Typer's word for: required
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who decides.")] = ...,  # type: ignore[assignment]  # the same
    occurrence: Annotated[
        int | None, typer.Option(metavar="N", help="Which occurrence; default the newest.")
    ] = None,
    all_of: Annotated[
        str | None,
        typer.Option("--all-of", metavar="RULE", help="For old records: each one, with --before."),
    ] = None,
    before: Annotated[
        str | None, typer.Option(metavar="DATE", help="Each that was due before this day.")
    ] = None,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day.")] = TODAY,
    protocol: Named = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Decide, by name, not to ask for one occurrence: a caution, never met.

    Example: monitor waive P-017 lvef --reason "echo not to be had, seen by cardiology" --by "Dr A"
    """
    from monitor.commands.days import written_out
    from monitor.commands.opening import recording
    from monitor.commands.recording import followed, show_recorded
    from monitor.service.recording import waivers

    meant = written_out({"patient": patient, "on": on, "before": before, "db": db})
    day, limit = need_day(meant["on"]), parse_day(meant["before"], "--before")
    why, who = _said(reason), _said(by, "--by")
    if (rule is None) == (all_of is None):
        raise NotSaid("name one RULE to waive, or, of old records, --all-of RULE --before DATE")
    if (all_of is None) != (limit is None) or (all_of and occurrence is not None):
        raise NotSaid("--all-of RULE takes --before DATE, and no --occurrence")
    with recording(db) as connection:
        if all_of is not None and limit is not None:
            many = waivers.waive_all(
                connection, patient, all_of, limit, reason=why, by=who, now=now(), on=day,
                named=protocol,
            )  # fmt: skip
            events = [row.event for row in many.entry.stored]
            waived = [{"occurrence": number, "due": str(due)} for number, due in many.due]
            echo = followed(connection, many.entry, events=events, waived=waived)
            which = ", ".join(f"{number} of {due}" for number, due in many.due)
            what = f"{len(events)} {all_of} of before {limit} ({which})"
        elif rule is not None:
            one = waivers.waive(
                connection, patient, rule, reason=why, by=who, now=now(), occurrence=occurrence,
                on=day, named=protocol,
            )  # fmt: skip
            echo = followed(connection, one)
            what = f"{rule} {one.first.body['occurrence']}"
    show_recorded(echo, json=json, said=f"waived {what} on {day} for")


def _said(text: str, option: str = "--reason") -> str:
    from monitor.service.input.text_fields import clean

    try:
        return clean(text)
    except ValueError as fault:
        raise BadOption(option, fault) from fault
