"""What is counted of a life, and how several clinics stand side by side."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tests.alarms.clinic import END, STAFF, Life

ROLES = ("patient", *(str(role) for role in STAFF))


def counted(life: Life) -> dict[str, Any]:
    """Count one patient's warnings, lines told and messages; of the staff's days only the keys.

    The message of a day is shared by the patients of a ward.
    """
    memory, found = life.memory, Counter(life.counts)
    for _, rule, severity, _ in life.warned:
        found[f"raised {rule} {severity}"] += 1
    days: dict[str, list[str]] = {role: [] for role in ROLES}
    for key, message in memory.messages.items():
        if message.state != "sent":
            continue
        role, urgency = message.owed.role, message.owed.urgency
        if message.owed.text is not None:
            found[f"message {role} takes-back"] += 1
        elif urgency == "routine":
            days[role].append(key[:16])
        else:
            found[f"message {role} {urgency}"] += 1
    for line in memory.told.values():
        message = memory.messages[line["message"]]
        if message.state == "sent" and not line["withdrawn"] and not line.get("retracts"):
            found[f"told {line['rule']} {message.owed.role}"] += 1
    years = (END - life.start).days / 365.25
    return {"years": years, "protocol": life.course["protocol"], "counts": found, "days": days}


def rates(lives: Sequence[dict[str, Any]]) -> tuple[dict[str, float], float]:
    """Give everything that was counted, a patient-year; and the patient-years."""
    total: Counter[str] = Counter()
    for life in lives:
        total.update(life["counts"])
    for role in ROLES:
        total[f"message {role} day's"] = len({key for life in lives for key in life["days"][role]})
    years = sum(life["years"] for life in lives)
    return {what: count / years for what, count in total.items()}, years


def tables(clinics: Sequence[tuple[str, Sequence[dict[str, Any]]]]) -> Iterable[str]:
    """Write the tables of docs/alarms.md: a column for each clinic."""
    found = {name: rates(lives) for name, lives in clinics}
    kept = {name: rate for name, (rate, _) in found.items()}
    yield "| | " + " | ".join(kept) + " |"
    yield "|---" * (len(kept) + 1) + "|"
    for title, of in (("patients", len), ("patient-years", lambda x: round(rates(x)[1]))):
        yield f"| {title} | " + " | ".join(str(of(lives)) for _, lives in clinics) + " |"
    for what, title in (("message", "Messages"), ("raised", "Warnings"), ("gate", "Gates")):
        yield from ("", f"{title} a patient-year:", "", "| | " + " | ".join(kept) + " |")
        yield "|---" * (len(kept) + 1) + "|"
        for name in _names(kept, what):
            cells = [f"{rate.get(f'{what} {name}', 0):.2f}" for rate in kept.values()]
            yield f"| {name} | " + " | ".join(cells) + " |"
    yield from ("", f"Lines told a patient-year to {' / '.join(ROLES)}:", "")
    yield "| | " + " | ".join(kept) + " |"
    yield "|---" * (len(kept) + 1) + "|"
    nobody = " / ".join("0.0" for _ in ROLES)
    for rule in sorted({name.split()[0] for name in _names(kept, "told")}):
        cells = [
            " / ".join(f"{rate.get(f'told {rule} {role}', 0):.1f}" for role in ROLES)
            for rate in kept.values()
        ]
        if set(cells) != {nobody}:
            yield f"| {rule} | " + " | ".join(cells) + " |"


def _names(kept: dict[str, dict[str, float]], what: str) -> list[str]:
    """List what was counted of a kind in any clinic."""
    return sorted(
        {
            name.removeprefix(f"{what} ")
            for rate in kept.values()
            for name in rate
            if name.startswith(f"{what} ")
        }
    )
