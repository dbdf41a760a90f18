"""Reminders: one pass, the service, the outbox, acknowledging, and whether the service is well."""

import contextlib
import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.commands.options import Db, Json
from monitor.commands.paging import paged

if TYPE_CHECKING:
    from monitor.service.asking.outbox_list import ListedTry


def tick(
    now: Annotated[
        str | None,
        typer.Option("--now", metavar="MOMENT", help="The only clock of this pass (RFC 3339)."),
    ] = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Make one pass: queue what is due, withdraw what is not, send what is queued. For cron.

    Exit code 1: a delivery failed, something urgent has not arrived or reaches nobody, a patient
    could not be checked, or a wrong clock hides facts (not with --now).

    Example: monitor tick
    """
    from monitor.bootstrap import has_database, telling, watched
    from monitor.commands import options, render
    from monitor.commands.opening import note_created
    from monitor.commands.service import ticked_in_words, unheard_in_words, unseen_in_words
    from monitor.delivery.ping import heard
    from monitor.delivery.tick import tick as make_pass
    from monitor.service.operating.refresh import upkeep

    _log_to_standard_error()
    moment = options.parse_moment(now, "--now")
    is_new = not has_database(db)
    with heard(*watched(db)), telling(db) as (engine, policy):
        if is_new:
            note_created(db)
        clock, out = options.now if moment is None else lambda: moment, sys.stdout
        with contextlib.redirect_stdout(sys.stderr if json else out):  # of console: channels
            is_real = moment is None
            ticked = make_pass(engine, policy, clock, may_be_rare=True, clock_is_real=is_real)
        if is_real:  # stored checks are of the real day, never of one that is tried out
            upkeep(engine, options.now())
    if json:
        render.document(ticked)
        for told in unheard_in_words(ticked):
            render.note(f"monitor: {told}")
    else:
        render.say(ticked_in_words(ticked))
    if ticked.went_back:
        render.note("monitor: the clock lies before the last pass; everybody was checked anew")
    for told in unseen_in_words(ticked):
        render.note(f"monitor: {told}")
    is_heard = not (unheard_in_words(ticked) or unseen_in_words(ticked))
    if ticked.failed or ticked.given_up or not is_heard:
        raise typer.Exit(1)


def run(db: Db = None) -> None:
    """Remind until told to stop (SIGTERM): a pass whenever something is due, at least each minute.

    Backs the database up as the policy says. For systemd see docs/monitor.service.

    Example: monitor run
    """
    from monitor.bootstrap import has_database, telling
    from monitor.commands.opening import note_created
    from monitor.commands.service import serve

    _log_to_standard_error()
    is_new = not has_database(db)
    with telling(db) as (engine, policy):
        if is_new:
            note_created(db)
        serve(engine, policy, db)


@paged()
def list_outbox(
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="owed, sending, sent, failed, withdrawn; repeatable."),
    ] = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """List the reminders and every try to send them; old settled ones where --state names theirs.

    Example: monitor outbox --state failed
    """
    from monitor.commands import render
    from monitor.commands.opening import asking
    from monitor.domain.reminders.message import Delivery
    from monitor.errors import BadOption
    from monitor.service.asking.identity import persons
    from monitor.service.asking.outbox_list import listed_from, outbox_answer
    from monitor.service.input.text_fields import suggestion

    for word in state or ():
        if word not in list(Delivery):
            raise BadOption("--state", f"'{word}' is no state; {suggestion(word, Delivery)}")
    with asking(db) as connection:
        found = outbox_answer(connection, state or ())
        whose = persons(connection, [one.patient for one in found if one.patient])
        since = None if state else listed_from(connection)
    if since is not None:
        render.note(
            f"monitor: due before {since[:10]}, only what is owed or was given up is listed; "
            "the others: monitor outbox --state sent --state withdrawn"
        )
    if json:
        render.document({"reminders": found})
        return
    if not found:
        render.say("no reminders")
        return
    render.table(
        ("ref", "state", "stage", "patient", "rule", "to", "due", "tries"),
        [
            (
                one.ref,
                one.state,
                one.stage or "",
                whose[one.patient].shown if one.patient else "",
                f"{one.rule or ''} {one.occurrence or ''}".strip(),
                f"{one.recipient} ({one.role}), {one.channel}",
                one.due_at[:16].replace("T", " "),
                _tries(one.attempts),
            )
            for one in found
        ],
    )


def acknowledge(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="A message's Ref or key, or a warning's key.")
    ],
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who has seen it.")],
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="What is being done.")] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day; default today.")] = None,
    patient: Annotated[
        str | None, typer.Option(metavar="PATIENT", help="Only what is about this patient.")
    ] = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Say that a reminder or warning was seen: it is quiet for a while. Nothing is done by it.

    Example: monitor acknowledge 7F3K --by "Nurse A"
    """
    from monitor.commands import options, render
    from monitor.commands.days import written_out
    from monitor.commands.opening import recording
    from monitor.service.asking.identity import persons
    from monitor.service.recording.acknowledgements import acknowledge as record_acknowledgement

    # A warning's key begins with whose it is.
    day = written_out({"patient": patient or key.rsplit(":", 2)[0], "on": on, "db": db})["on"]
    with recording(db) as connection:
        stored = record_acknowledgement(
            connection,
            key,
            by=by,
            note=note,
            on=options.parse_day(day, "--on"),
            about=patient,
            now=options.now(),
        )
        known = persons(connection, [row.patient for row in stored])
    if json:
        render.document({"events": [row.event for row in stored]})
        return
    for row in stored:
        body, whose = row.body, known[row.patient].shown
        render.say(f"seen: {whose} {body['rule']} {body['occurrence']}, event {row.event}")
    render.say("reminders pause for a while; what is to be done is still to be done")


def doctor(db: Db = None, json: Json = False) -> None:
    """Say whether the service itself is well. Exit code 1: it is not.

    Example: monitor doctor
    """
    from monitor.bootstrap.health import health
    from monitor.commands import options, render

    found = health(db, now=options.now())
    well = all(one.well for one in found)
    if json:
        render.document({"well": well, "checks": found})
    else:
        render.table(
            ("check", "", "finding"),
            [(one.name, "well" if one.well else "NOT WELL", one.message) for one in found],
        )
    if not well:
        raise typer.Exit(1)


def _tries(attempts: "Sequence[ListedTry]") -> str:
    if not attempts:
        return "none yet"
    last = attempts[-1]
    words = f"{len(attempts)}, last {last.at[:16].replace('T', ' ')}: {last.outcome}"
    return f"{words}, {last.error}" if last.error else words


def _log_to_standard_error() -> None:
    """Show what the service says of itself; never a name, result or message (docs/hazards.md)."""
    logging.basicConfig(level=logging.WARNING, format="monitor: %(message)s")
