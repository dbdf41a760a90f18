"""Questions about patients: gate, upcoming, warnings, exposure, explain."""

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.commands.options import (
    AsOf,
    Confirm,
    Db,
    Formula,
    Json,
    KnownAt,
    Named,
    Patient,
    Route,
    need_day,
    parse_day,
)
from monitor.commands.usual import Question, ask, asks, show
from monitor.errors import NotOneOf, NotSaid

if TYPE_CHECKING:
    from monitor.domain.outcome import CheckState

OneOrAll = Annotated[
    str | None, typer.Argument(metavar="PATIENT", help="One patient; without: everybody.")
]
Rule = Annotated[str, typer.Argument(metavar="RULE", help="For instance lvef-follow-up.")]


def gate(
    patient: OneOrAll = None,
    on: Annotated[
        str,
        typer.Option(
            "--on", metavar="DATE", help="The day of the infusion: YYYY-MM-DD, today, +3d."
        ),
    ] = ...,  # type: ignore[assignment]  # Typer's word for: required, after an optional one
    dose_mg: Annotated[str | None, typer.Option(metavar="MG", help="The proposed dose.")] = None,
    height_cm: Annotated[str | None, typer.Option(metavar="CM", help="Height today.")] = None,
    weight_kg: Annotated[str | None, typer.Option(metavar="KG", help="Weight today.")] = None,
    bsa_m2: Annotated[str | None, typer.Option(metavar="M2", help="Body surface today.")] = None,
    bsa_formula: Formula = None,
    route: Route = None,
    protocol: Named = None,
    confirm: Confirm = False,
    full: Annotated[
        bool, typer.Option("--full", help="Say of what is met too why it is, with its source.")
    ] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Ask whether the next infusion may go ahead. Exit code 1: hold or stop.

    Example: monitor gate P-017 --on 2025-06-03 --dose-mg 21 --height-cm 175 --weight-kg 63
    """
    from monitor.commands.days import written_out

    typed = written_out(locals())
    from monitor.service.asking.proposed_dose import body_typed, proposal

    day = need_day(typed["on"])
    proposed = proposal(
        on=day,
        dose_mg=dose_mg,
        height_cm=height_cm,
        weight_kg=weight_kg,
        bsa_m2=bsa_m2,
        bsa_formula=bsa_formula,
        route=route,
        confirm=confirm,
    )
    if patient is None:
        if protocol or proposed.mg or proposed.surface:
            raise NotSaid(
                "a dose, a body surface and --protocol are one patient's; name the patient"
            )
        every = ask(typed, lambda inquiry: inquiry.gates(day, proposed))
        show(every, json=json)
        is_held = bool(every.unknown) or any(one.is_held for one in every.gates)
    else:
        body = body_typed(day, height_cm, weight_kg, proposed)
        one = ask(
            typed,
            lambda inquiry: inquiry.gate(
                patient, day, proposed, named=protocol, body=body, confirmed=confirm
            ),
        )
        show(one, json=json, full=full)
        is_held = one.is_held
    if is_held:
        raise typer.Exit(1)


def upcoming(
    patient: OneOrAll = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Look ahead to this day (YYYY-MM-DD, +2w); default +90d."
        ),
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="S", help="ahead, open, overdue, done, missed or waived; may be repeated."
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N by due day.")
    ] = None,
    fail_overdue: Annotated[
        bool, typer.Option("--fail-overdue", help="Exit code 1 when anything is overdue.")
    ] = False,
    flat: Annotated[
        bool, typer.Option("--flat", help="On a terminal: one line a check, not by patient.")
    ] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """List what must be checked, and when; of everybody by patient, on a terminal.

    Example: monitor upcoming P-017 --until 2026-12-31
    """
    from monitor.commands.days import written_out

    typed = written_out(locals())
    from monitor.domain.outcome import CheckState

    states, end = _states(state or ()), parse_day(typed["until"], "--until")
    most = None if fail_overdue else limit  # what is not shown may be overdue too
    found = ask(
        typed, lambda inquiry: inquiry.checks(patient, until=end, states=states, limit=most)
    )
    show(replace(found, checks=found.checks[:limit]), json=json, full=flat)
    is_overdue = any(one.check.state is CheckState.OVERDUE for one in found.checks)
    if (fail_overdue and is_overdue) or found.unknown:
        raise typer.Exit(1)


@asks
def warnings(
    patient: OneOrAll = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Without a patient: include what is for information only.")
    ] = False,
    severity: Annotated[
        str | None,
        typer.Option(metavar="S", help="Only caution, urgent or emergency, and what is graver."),
    ] = None,
    rule: Annotated[
        str | None, typer.Option(metavar="RULE", help="Only one rule, for instance low-lvef.")
    ] = None,
) -> Question:
    """List what a person must look at now.

    Example: monitor warnings P-017 --severity urgent
    """
    from monitor.domain.outcome import Severity

    if severity is not None and severity not in list(Severity):
        raise NotOneOf("--severity", severity, Severity)
    is_wide = patient is not None or everything or rule is not None
    least = Severity(severity) if severity else Severity.INFO if is_wide else Severity.CAUTION
    return lambda inquiry: inquiry.warnings(patient, least=least, rule=rule)


@asks
def exposure(patient: Patient, protocol: Named = None) -> Question:
    """Show the lifetime dose, dose by dose.

    Example: monitor exposure P-017
    """
    return lambda inquiry: inquiry.exposure(patient, named=protocol)


@asks
def explain(
    patient: Patient,
    rule: Rule,
    occurrence: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Which occurrence; default the newest.")
    ] = None,
    protocol: Named = None,
) -> Question:
    """Say why: the rule, its sources, the facts it used, and the arithmetic.

    Example: monitor explain P-017 lifetime-dose
    """
    return lambda inquiry: inquiry.explanation(patient, rule, occurrence=occurrence, named=protocol)


@asks
def history(patient: Patient) -> Question:
    """List everything on record for a patient: facts, corrections, waivers, in order.

    Example: monitor history P-017
    """
    return lambda inquiry: inquiry.history(patient)


def _states(words: Collection[str]) -> "tuple[CheckState, ...]":
    from monitor.domain.outcome import CheckState

    for word in words:
        if word not in list(CheckState):
            raise NotOneOf("--state", word, CheckState)
    return tuple(CheckState(word) for word in words)
