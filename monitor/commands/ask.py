"""Questions about patients: gate, upcoming, warnings, exposure, explain."""

from typing import Annotated, Any

import typer

from monitor.commands.options import (
    AsOf,
    Confirm,
    Db,
    Json,
    KnownAt,
    Named,
    Patient,
    need_day,
    parse_day,
)
from monitor.errors import Refused

OneOrAll = Annotated[
    str | None, typer.Argument(metavar="PATIENT", help="One patient; without: everybody.")
]
Rule = Annotated[str, typer.Argument(metavar="RULE", help="For instance lvef-follow-up.")]


def gate(
    patient: OneOrAll = None,
    on: Annotated[
        str, typer.Option("--on", metavar="DATE", help="The day of the infusion (YYYY-MM-DD).")
    ] = ...,  # type: ignore[assignment]  # Typer's word for: required, after an optional one
    dose_mg: Annotated[str | None, typer.Option(metavar="MG", help="The proposed dose.")] = None,
    height_cm: Annotated[str | None, typer.Option(metavar="CM", help="Height today.")] = None,
    weight_kg: Annotated[str | None, typer.Option(metavar="KG", help="Weight today.")] = None,
    bsa_m2: Annotated[str | None, typer.Option(metavar="M2", help="Body surface today.")] = None,
    bsa_formula: Annotated[
        str | None, typer.Option(metavar="WORD", help="mosteller (default) or dubois.")
    ] = None,
    route: Annotated[
        str | None, typer.Option(metavar="WORD", help="Default: the way the protocol gives it.")
    ] = None,
    protocol: Named = None,
    confirm: Confirm = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Ask whether the next infusion may go ahead. Exit code 1: hold or stop.

    Example: monitor gate P-017 --on 2025-06-03 --dose-mg 21 --height-cm 175 --weight-kg 63
    """
    from monitor.commands import asking, render, shown
    from monitor.service.asking.proposed_dose import body_typed, proposal

    day = need_day(on)
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
    when = asking.asked(as_of, known_at)
    if patient is None:
        if protocol or proposed.mg or proposed.surface:
            raise Refused(
                "a dose, a body surface and --protocol are one patient's; name the patient"
            )
        answer = asking.gates_on(db, day, when, proposed)
        if json:
            render.document(answer)
        else:
            shown.show_gates(answer)
        verdicts = [item["verdict"] for item in answer["gates"]]
    else:
        answer = asking.gate_of(
            db,
            patient,
            day,
            when,
            proposed,
            named=protocol,
            body=body_typed(day, height_cm, weight_kg, proposed),
            confirmed=confirm,
        )
        if json:
            render.document(answer)
        else:
            shown.show_gate(answer)
        verdicts = [answer["verdict"]]
    if any(verdict in ("hold", "stop") for verdict in verdicts) or "unknown" in answer:
        raise typer.Exit(1)


def upcoming(
    patient: OneOrAll = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Look so far ahead; default 90 days.")
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
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """List what must be checked, and when.

    Example: monitor upcoming P-017 --until 2026-12-31
    """
    from monitor.commands import asking, render, shown

    answer, tests = asking.upcoming_with_tests(
        db,
        patient,
        asking.asked(as_of, known_at),
        until=parse_day(until, "--until"),
        states=tuple(state or ()),
        limit=None if fail_overdue else limit,  # what is not shown may be overdue too
    )
    is_overdue = any(check["state"] == "overdue" for check in answer["checks"])
    answer["checks"] = answer["checks"][:limit]
    if json:
        render.document(answer)
    else:
        shown.show_checks(answer, tests)
    if (fail_overdue and is_overdue) or "unknown" in answer:
        raise typer.Exit(1)


def warnings(
    patient: OneOrAll = None,
    everything: Annotated[
        bool, typer.Option("--all", help="With no patient: also what is only for information.")
    ] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """List what a person must look at now.

    Example: monitor warnings P-017
    """
    from monitor.commands import asking, render, shown

    answer = asking.warnings_of(db, patient, asking.asked(as_of, known_at), everything=everything)
    if json:
        render.document(answer)
    else:
        shown.show_warnings(answer)
    if "unknown" in answer:
        raise typer.Exit(1)


def exposure(
    patient: Patient,
    protocol: Named = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Show the lifetime dose, dose by dose.

    Example: monitor exposure P-017
    """
    from monitor.commands import asking, render, shown

    answer = asking.exposure_of(db, patient, asking.asked(as_of, known_at), named=protocol)
    if json:
        render.document(answer)
    else:
        shown.show_exposure(answer)


def explain(
    patient: Patient,
    rule: Rule,
    occurrence: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Which time round; default the newest.")
    ] = None,
    protocol: Named = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Say why: the rule, its sources, the facts it used, and the arithmetic.

    Example: monitor explain P-017 lifetime-dose
    """
    from monitor.commands import asking, render, shown

    answer: dict[str, Any] = asking.explanation(
        db,
        patient,
        rule,
        asking.asked(as_of, known_at),
        occurrence=occurrence,
        named=protocol,
    )
    if json:
        render.document(answer)
    else:
        shown.show_explanation(answer)


def history(
    patient: Patient,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """List everything on record for a patient: facts, corrections, waivers, in order.

    Example: monitor history P-017
    """
    from monitor.commands import asking, render, shown

    answer = asking.history_of(db, patient, asking.asked(as_of, known_at))
    if json:
        render.document(answer)
    else:
        shown.show_history(answer)
