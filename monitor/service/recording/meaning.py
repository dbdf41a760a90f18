"""What a line says, kind by kind: names that exist, values that can be, what must be confirmed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from monitor.domain.catalogue import Catalogue, FactKind, ResultCode
from monitor.domain.facts import COUNTING, Result, Status
from monitor.domain.rule import UsualDose
from monitor.errors import Refused
from monitor.service.input import plausibility, text_fields
from monitor.store.facts import Draft

EARLIEST_BIRTH = date(1880, 1, 1)
OLD_BIRTH = date(1905, 1, 1)  # nobody alive is likely to be born before it


@dataclass(frozen=True, kw_only=True, slots=True)
class Background:
    """What a line is held against."""

    now: datetime
    zone: ZoneInfo  # the patient's
    results: Sequence[Result]  # of the patient, in force
    earliest_on: date | None  # of the patient's facts in force, registration apart
    closed_on: date | None = None  # since when the patient is closed
    turned_on: date | None = None  # the last day on which the patient was closed or reopened
    usual: UsualDose | None = None  # of the drug that is given


def list_doubts(draft: Draft, catalogue: Catalogue, background: Background) -> list[str]:
    """Check names and values, and list what must be confirmed; raises Refused."""
    body = draft.body
    match draft.kind:
        case "patient" | "patient_change":
            return _doubtful_birth(body, background)
        case "fact":
            _check_answer(body, catalogue)
        case "symptom":
            return _doubtful_symptom(body, catalogue, background)
        case "infusion":
            route = body.get("route")
            if route is not None and route not in catalogue.routes:
                known = ", ".join(catalogue.routes)
                raise Refused(f"route: '{text_fields.printable(route)}' is not one of {known}")
            return plausibility.doubtful_dose(body, catalogue.dose, background.usual)
        case "dose":
            plausibility.refuse_impossible_step(body)
        case "close" if background.closed_on is not None:
            raise Refused(f"the patient is closed already, since {background.closed_on}")
        case "reopen" if background.closed_on is None:
            raise Refused("the patient is not closed")
        case "close" | "reopen" if background.turned_on and draft.on < background.turned_on:
            raise Refused(
                f"the patient was closed or reopened on {background.turned_on}; "
                "write that day or a later one"
            )
        case "result":
            return _doubtful_result(draft, catalogue, background)
        case _:
            pass
    return []


def as_result(
    body: dict[str, str], *, on: date, event: int, recorded_on: date, catalogue: Catalogue
) -> Result:
    """Read the body of a result."""
    code = catalogue.results[body["code"]]
    return Result(
        event=event,
        on=on,
        recorded_on=recorded_on,
        code=code.name,
        value=value_of(body, code),
        shown=" ".join(filter(None, (body.get("value"), body.get("unit")))),
        method=body.get("method"),
        status=Status(body.get("status", "final")),
    )


def value_of(body: dict[str, str], code: ResultCode) -> Decimal | str:
    """Read the value of a result; a sample that was not fit may be without, which is ''."""
    if "value" in body:
        return plausibility.parse_value(code, body["value"], body.get("unit"))
    if body.get("status") != Status.UNSUITABLE:
        raise Refused("value: missing; only a sample that was not fit (unsuitable) is without one")
    beside = next((key for key in ("unit", "uln", "lln") if key in body), None)
    if beside is not None:
        raise Refused(f"{beside}: there is no value that it belongs to; leave it out")
    return ""


def without_replaced(results: Iterable[Result]) -> list[Result]:
    """Leave out results that do not count, or that a corrected one of that day replaces."""
    counting = [result for result in results if result.status in COUNTING]
    corrected = {(r.code, r.on) for r in counting if r.status is Status.CORRECTED}
    return [
        result
        for result in counting
        if result.status is Status.CORRECTED or (result.code, result.on) not in corrected
    ]


def _doubtful_birth(body: dict[str, str], background: Background) -> list[str]:
    if "born" not in body:
        return []
    born = date.fromisoformat(body["born"])
    zone = ZoneInfo(body.get("timezone", background.zone.key))
    if not EARLIEST_BIRTH <= born <= background.now.astimezone(zone).date():
        raise Refused(f"born: {born} cannot be; it lies in the future or before 1880")
    if background.earliest_on is not None and background.earliest_on < born:
        raise Refused(f"born: {born} is later than a fact on record, of {background.earliest_on}")
    if born >= OLD_BIRTH:
        return []
    today = background.now.astimezone(zone).date()
    return [f"born {born}, {(today - born).days * 4 // 1461} years ago"]


def _check_answer(body: dict[str, str], catalogue: Catalogue) -> None:
    name, value = body["fact"], body["value"]
    if name not in catalogue.facts:
        raise Refused(f"fact: {_unknown('fact', name, catalogue.facts)}")
    code = catalogue.facts[name]
    match code.kind:
        case FactKind.YES_NO:
            allowed: tuple[str, ...] = ("yes", "no", "unknown")
        case FactKind.WORD:
            allowed = code.words
        case FactKind.NUMBER:
            try:
                text_fields.number(value)
            except ValueError as fault:
                raise Refused(f"value: {name}: {fault}") from fault
            return
        case FactKind.TEXT:
            return
    if value not in allowed:
        raise Refused(
            f"value: {name} is {', '.join(allowed)}, not '{text_fields.printable(value)}'"
        )


def _doubtful_symptom(
    body: dict[str, str], catalogue: Catalogue, background: Background
) -> list[str]:
    name = body["code"]
    if name not in catalogue.symptoms:
        raise Refused(f"code: {_unknown('symptom', name, catalogue.symptoms)}")
    if datetime.fromisoformat(body["at"]) > background.now:
        raise Refused(f"at: {body['at']} is in the future")
    measured_as = catalogue.symptoms[name].measured_as
    if ("value" in body) != ("unit" in body):
        missing = "unit" if "value" in body else "value"
        raise Refused(f"{missing}: missing; a value and its unit go together")
    if "value" not in body:
        return []
    if measured_as is None:
        raise Refused(f"value: {name} has none")
    code = catalogue.results[measured_as]
    number = plausibility.parse_number(code, body["value"], body["unit"])
    named = f"{body['value']} {body['unit']}"
    plausibility.refuse_impossible(code, number, named)
    return plausibility.doubtful_number(code, number, f"{name} {named}")


def _doubtful_result(draft: Draft, catalogue: Catalogue, background: Background) -> list[str]:
    body, name = draft.body, draft.body["code"]
    if name not in catalogue.results:
        raise Refused(f"code: {_unknown('result code', name, catalogue.results)}")
    code = catalogue.results[name]
    value = value_of(body, code)
    if isinstance(value, Decimal):
        plausibility.refuse_impossible(code, value, f"{body['value']} {body['unit']}")
    doubts = []
    for key in ("uln", "lln"):
        if key in body:
            if not code.units:
                raise Refused(f"{key}: {name} has no limits; leave it out")
            bound = plausibility.parse_number(code, body[key], body.get("unit"), key)
            shown = f"{body[key]} {body['unit']}"
            unusual = plausibility.doubtful_limit(code, key, bound, f"{key} {shown}")
            if bound:
                plausibility.refuse_impossible(code, bound, shown, key)
            doubts += unusual
    if "uln" in body and "lln" in body and Decimal(body["lln"]) >= Decimal(body["uln"]):
        raise Refused("lln: must be below uln")
    today = background.now.astimezone(background.zone).date()
    result = as_result(body, on=draft.on, event=0, recorded_on=today, catalogue=catalogue)
    earlier = without_replaced(r for r in background.results if r.code == name)
    if result.status is Status.CORRECTED:
        earlier = [r for r in earlier if r.on != draft.on]  # those are the ones it replaces
    return plausibility.doubtful(code, result, earlier) + doubts


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    shown = text_fields.printable(name)
    return f"no {what} '{shown}'; {text_fields.suggestion(shown, known)}"
