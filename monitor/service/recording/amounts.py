"""What was measured and given of one patient: which new amounts differ too much from it."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cache

from monitor import protocols
from monitor.domain.catalogue import PlausibleDose
from monitor.domain.corrections import Recorded, in_force
from monitor.domain.facts import COUNTING, DoseAction, Result
from monitor.domain.rule import UsualDose
from monitor.service.input import text_fields
from monitor.service.input.sizes import (
    Body,
    Dose,
    body_of,
    doubtful_body,
    doubtful_size,
    measured,
    newest_surface,
)
from monitor.service.recording.excuses import doubtful_excuse
from monitor.store.facts import Draft


class Amounts:
    """Bodies, doses and amounts given before this record, in the order of recording."""

    def __init__(self) -> None:
        self._bodies: list[Body] = []
        self._given: list[Dose] = []
        self._priors: list[tuple[str, date]] = []  # unconfirmed amounts given before this record

    def note(self, row: Recorded, result: Result | None) -> None:
        """Take note of what a fact says of the body, of a dose, or of an earlier amount."""
        body = row.body
        if result is not None:
            self._note_body(row, measured(result))
        if row.kind == "infusion":
            self._note_body(row, body_of(row.on, body))
        if row.kind in ("infusion", "dose") and "dose_mg" in body:
            self._given.append(_dose(row.on, body, row.event, row.sender_id))
        if (
            row.kind == "fact"
            and body.get("confirm") != "true"
            and text_fields.find_number(body["value"])
        ):
            self._priors.append((body["fact"], row.on))

    def _note_body(self, row: Recorded, body: Body | None) -> None:
        if body is not None and row.body.get("status", "final") in COUNTING:
            self._bodies.append(body)

    def doubts(
        self,
        draft: Draft,
        rows: Sequence[Recorded],
        usual: UsualDose | None,
        limits: PlausibleDose,
    ) -> Iterator[str]:
        """Say what about a possible value differs too much from what is on record."""
        body = draft.body
        match draft.kind:
            case "result" if body["code"] in ("height", "weight") and "value" in body:
                value = Decimal(body["value"])
                is_weight = body["code"] == "weight"
                new = Body(
                    on=draft.on,
                    height=None if is_weight else value,
                    weight=value if is_weight else None,
                )
                yield from doubtful_body(new, self._bodies, limits)
            case "infusion":
                new = body_of(draft.on, body)
                yield from doubtful_body(new, self._bodies, limits)
                surface = new.surface or newest_surface(draft.on, self._bodies)
                dose = _dose(draft.on, body)
                yield from doubtful_size(dose, surface, self._given, usual, limits)
                facts = _prior_facts(body["drug"])
                for fact, on in self._priors:
                    if fact in facts and draft.on < on:
                        yield f"{fact} was answered on {on}, after this day (counted twice?)"
            case "dose" if "dose_mg" in body:
                rested = body["action"] in (DoseAction.START, DoseAction.RESUME)
                yield from doubtful_size(
                    _dose(draft.on, body),
                    None,
                    self._given,
                    None,
                    limits,
                    daily=True,
                    may_be_less=rested,
                )
            case "fact" if not text_fields.find_number(body["value"]):
                yield from doubtful_excuse(draft, rows)
            case "fact":
                yield from _lowered(draft, rows)
                older = [d for d in self._given if d.on < draft.on]
                older = [d for d in older if body["fact"] in _prior_facts(d.drug)]
                if older:
                    yield (
                        f"{body['fact']} {body['value']}, and {len(older)} infusions from before "
                        f"{draft.on} are on record (counted twice?)"
                    )
            case _:
                pass


def _lowered(draft: Draft, rows: Sequence[Recorded]) -> Iterator[str]:
    """Say whether an amount is answered, or corrected, to less than it was."""
    said = [f.row for f in in_force(rows) if f.row.kind == "fact"]
    said = [r for r in said if r.body["fact"] == draft.body["fact"] and r.on <= draft.on]
    last = max(said, key=lambda row: (row.on, row.event), default=None)
    if last is not None and Decimal(draft.body["value"]) < Decimal(last.body["value"]):
        told = f"{draft.body['value']} after {last.body['value']} on {last.on}"
        yield f"{draft.body['fact']} {told} (what was given stays given)"


def _dose(on: date, body: dict[str, str], event: int = 0, sender: str | None = None) -> Dose:
    return Dose(
        event=event,
        on=on,
        drug=body["drug"],
        mg=Decimal(body["dose_mg"]),
        names=(str(event), *([sender] if sender else [])),
        part_of=body.get("part_of"),
    )


@cache
def _prior_facts(drug: str) -> frozenset[str]:
    """Name the facts that hold how much of a drug was given before this record."""
    found = (protocols.load(name).prior_exposure for name in protocols.find(drug))
    return frozenset(fact for fact in found if fact)
