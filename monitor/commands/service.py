"""The service: ticks on a timer, stored checks kept up with time, backups."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from monitor.bootstrap.backups import ScheduledBackups
from monitor.bootstrap.policy_in_use import PolicyInUse
from monitor.commands import render
from monitor.delivery.heartbeat import beat_until_stopped
from monitor.delivery.tick import Ticked
from monitor.domain.reminders.message import Delivery
from monitor.domain.reminders.policy import Policy
from monitor.service.asking.documents import Document, document, pick
from monitor.service.asking.out_of_sight import hidden_people
from monitor.service.operating.refresh import Upkeep
from monitor.store import evaluation


def serve(engine: Engine, policy: Policy, db: str | None) -> None:
    """Tick until told to stop, and do the upkeep in between."""
    evaluation.program()  # before the files of a newer one may take the place of these
    in_use = PolicyInUse(policy, db, render.note)
    kept_up, backups = Upkeep(engine), ScheduledBackups(engine, in_use, db, render.note)

    def after(now: datetime, stop: Callable[[], bool]) -> None:
        kept_up.go_on(now, stop)
        if not stop():
            backups.begin(now)

    told: dict[str, object] = {}

    def said(ticked: Ticked) -> None:
        did = ticked.queued or ticked.sent or ticked.failed or ticked.withdrawn
        hour = ticked.now.replace(minute=0, second=0, microsecond=0)
        missing: dict[str, object] = {}
        if ticked.unheard or unseen_in_words(ticked):
            missing = {"of": dict(ticked.unheard), "at": hour}
            missing |= {"hidden": ticked.out_of_sight, "unusable": ticked.unusable}
        if did or told != missing:  # what goes to nobody is said anew each hour
            told.clear()
            told.update(missing)
            render.note(f"{ticked.now:%Y-%m-%d %H:%M:%S} {ticked_in_words(ticked)}")
            for words in unseen_in_words(ticked):
                render.note(f"monitor: {words}")

    render.note("monitor: reminding; stop with SIGTERM or Ctrl-C")
    beat_until_stopped(engine, in_use.read_anew, after=after, said=said)
    backups.end()
    render.note("monitor: stopped")


@document.register
def _ticked(ticked: Ticked) -> Document:
    counts = {"courses": ticked.patients, Delivery.QUEUED: ticked.queued}
    unheard = [{"patient": who, "messages": many} for who, many in ticked.unheard.items()]
    names = "sent failed withdrawn given_up unusable undelivered out_of_sight"
    return {**pick(ticked, "now"), **counts, **pick(ticked, names), "unheard": unheard}


def ticked_in_words(ticked: Ticked) -> str:
    """Say what a pass did, and who is urgent with nobody to hear of it."""
    words = (
        f"{ticked.patients} {'patient' if ticked.patients == 1 else 'patients'} checked; "
        f"{ticked.queued} {'message' if ticked.queued == 1 else 'messages'} queued, "
        f"{ticked.sent} sent, {ticked.failed} failed, {ticked.withdrawn} withdrawn, "
        f"{ticked.given_up} given up"
    )
    return "; ".join([words, *unheard_in_words(ticked)])


def unheard_in_words(ticked: Ticked) -> list[str]:
    """Say what is urgent and did not arrive, or reaches nobody, and what to do."""
    told = []
    if ticked.undelivered:
        many = ticked.undelivered
        told.append(f"{many} urgent {'message has' if many == 1 else 'messages have'} not arrived")
    if ticked.unheard:
        many = sum(ticked.unheard.values())
        told.append(
            f"{many} urgent {'warning reaches' if many == 1 else 'warnings reach'} nobody; "
            "whose, says: monitor doctor"  # not here: a journal, or a console, names no patient
        )
    return told


def unseen_in_words(ticked: Ticked) -> list[str]:
    """Say that patients cannot be checked, or only in part; whom a journal does not name."""
    told = []
    if ticked.unusable:
        told.append(f"{ticked.unusable} could not be checked; see: monitor doctor")
    if ticked.out_of_sight:
        told.append(
            f"facts of {hidden_people(ticked.out_of_sight)} are out of sight, for they were "
            "recorded while the clock was ahead of now: look at the clock; whose, says: "
            "monitor doctor"
        )
    return told
