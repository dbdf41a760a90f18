"""Write databases with the program of the current folder, and its answers; see same_answers.py."""

import json
import random
import re
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parent))
from same_answers import Question, replay, run

END = date(2026, 11, 1)
INVENTED, REMINDED, EVERY_CASE = 170, 25, 4
TICKS = ("2026-11-02T09:00:00Z", "2026-11-04T09:10:00Z", "2026-11-12T15:00:00Z")
LATER = ("2026-11-20T09:00:00Z", "2026-11-27T10:00:00Z")  # the passes that are compared
STATES = ("ahead", "open", "overdue", "done", "missed", "waived")
PATIENT = {"sex": "female", "born": "1993-04-02", "can_conceive": True, "timezone": "UTC"}


class _Loader(yaml.SafeLoader):
    """As tests/cases are read: `on` and `no` are words, numbers with a point are text."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(true|false)$", "tf"),
    ("null", r"^(null|~)$", "n~"),
    ("int", r"^[0-9]+$", "0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def tell(db: Path, *words: str) -> bool:
    """Record something; what is refused is left out."""
    return run(*words, "--db", str(db))[0] == 0


def ask(db: Path, *words: str) -> dict[str, Any]:
    """Ask for a document."""
    return json.loads(run(*words, "--json", "--db", str(db))[1])


def write_clinic(db: Path, patients: int, seed: int) -> None:
    """Invent a clinic, and decide, mend and book what an invented clinic does not."""
    size = ("--patients", str(patients), "--years", "8", "--seed", str(seed))
    code, _, err = run("demo", *size, "--until", END.isoformat(), "--to", str(db))
    assert code == 0, err
    chance = random.Random(seed)
    for who in _patients(db):
        listed = ask(db, "upcoming", who, "--as-of", END.isoformat())["checks"]
        warned = ask(db, "warnings", who, "--as-of", END.isoformat())["warnings"]
        for found in [*listed, *warned][:3]:
            if chance.random() < 0.3:
                on = (END - timedelta(chance.randint(0, 3))).isoformat()
                why = ("--reason", "decided", "--by", "Dr A", "--on", on)
                tell(db, "waive", who, found["rule"], *why)
        if chance.random() < 0.2:
            on = END + timedelta(chance.randint(-2, 40))
            tell(db, "infusion", "plan", who, "--on", on.isoformat())
        if chance.random() < 0.2:
            at = END - timedelta(chance.randint(0, 60))
            symptom = chance.choice(("fever", "cough", "bleeding", "breathlessness", "fatigue"))
            tell(db, "symptom", "log", who, symptom, "--at", f"{at}T12:00:00Z")
        if chance.random() < 0.2:
            _mend(db, who, chance)
        if chance.random() < 0.1:
            tell(db, "course", "pause", who, "--on", (END - timedelta(20)).isoformat())
            if chance.random() < 0.5:
                tell(db, "course", "resume", who, "--on", (END - timedelta(9)).isoformat())
        if chance.random() < 0.06:
            gone = chance.choice(("died", "transferred", "withdrew-consent"))
            on = (END - timedelta(chance.randint(0, 90))).isoformat()
            tell(db, "patient", "close", who, "--reason", gone, "--by", "Dr A", "--on", on)
        if chance.random() < 0.1:
            second = chance.choice(("doxorubicin-us", "clozapine-us", "mitoxantrone-ms-us"))
            tell(db, "course", "start", who, "--protocol", second, "--on", "2026-09-01")
            tell(db, "dose", "start", who, "--on", "2026-09-02", "--dose-mg", "12.5")


def _mend(db: Path, who: str, chance: random.Random) -> None:
    entries = ask(db, "history", who)["entries"]
    given = [entry for entry in entries if entry["kind"] in ("infusion", "result", "dose")]
    for entry in chance.sample(given, min(2, len(given))):
        why = (str(entry["event"]), "--reason", "misread", "--by", "Dr B", "--confirm")
        new = {"infusion": ("--dose-mg", "17"), "result": ("--status", "preliminary")}
        if chance.random() < 0.6 and entry["kind"] in new:
            tell(db, "correct", *why, *new[entry["kind"]])
        else:
            tell(db, "retract", *why[:-1])


def write_cases(db: Path) -> None:
    """Record the patients of the clinical cases, each fourth, under its profiles in turn."""
    cases = Path("tests/cases")
    shared = yaml.load((cases / "shared.yaml").read_text(encoding="utf-8"), Loader=_Loader)
    read = [
        case
        for file in sorted(cases.glob("*.yaml"))
        for case in yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)
        if file.name != "shared.yaml"
    ][::EVERY_CASE]
    for number, (case, turn) in enumerate(zip(read, cycle(range(3)), strict=False)):
        profile, who = case["profiles"][turn % len(case["profiles"])], f"C-{number:03}"
        file = db.with_suffix(".jsonl")
        file.write_text("\n".join(map(json.dumps, _lines(case, profile, who, shared))))
        if tell(db, "import", str(file)):
            for step in case.get("then", []):
                _take(db, who, step)
        file.unlink()


def _lines(case: Any, profile: str, who: str, shared: Any) -> Iterator[dict[str, Any]]:
    yield {"kind": "patient", "id": who, **case.get("patient", PATIENT), "confirm": True}
    names = case.get("include", [])
    names = names.get(profile, []) if isinstance(names, dict) else names
    for fact in [*(fact for name in names for fact in shared[name]), *case.get("facts", [])]:
        ((kind, content),) = fact.items()
        line = {"kind": kind, "patient": who, "confirm": True, **content}
        if kind == "course":
            line.setdefault("protocol", f"mitoxantrone-ms-{profile}")
        yield line


def _take(db: Path, who: str, step: dict[str, Any]) -> None:
    """Take a step of a case, where there is a command for it; what is refused is left out."""
    (kind, content), *_ = step.items()
    if not isinstance(content, dict):
        return
    content = {key: str(value) for key, value in content.items() if key != "refused"}
    why = ("--reason", content.pop("reason", "decided"), "--by", content.pop("by", "Dr A"))
    on = ("--on", content["on"]) if "on" in content else ()
    if kind == "waive":
        occurrence = ("--occurrence", content["occurrence"]) if "occurrence" in content else ()
        tell(db, "waive", who, content["rule"], *why, *occurrence, *on)
    elif kind in ("correct", "retract"):
        named = content.pop("code", content.pop("fact", ""))
        entries = ask(db, "history", who)["entries"]
        found = [e["event"] for e in entries if str(e["what"]).startswith(named)]
        if found:
            new = [w for k, v in content.items() if k != "was" for w in ("--" + k, v)]
            words = (kind, str(found[-1]), *why)
            tell(db, *words, *(new if kind == "correct" else ()))
    elif kind in ("plan", "cancel"):
        tell(db, "infusion", kind, who, *on)
    elif kind in ("pause", "resume"):
        tell(db, "course", kind, who, *on)
    elif kind == "close":
        tell(db, "patient", "close", who, "--reason", "transferred", "--by", "Dr A", *on)


def write_reminded(db: Path) -> None:
    """Add who is told, and remind some days."""
    for who in _patients(db):
        for role, more in (("nurse", ()), ("patient", ("--private",)), ("prescriber", ())):
            to = ("--role", role, "--name", f"{role} of {who}", "--channel", "console:")
            tell(db, "contact", "add", who, *to, *more)
    for moment in TICKS:
        run("tick", "--now", moment, "--db", str(db))
        sent = ask(db, "outbox", "--state", "sent")["reminders"]
        for reminder in sent[::9]:
            tell(db, "acknowledge", reminder["key"], "--by", "nurse")


def _patients(db: Path) -> list[str]:
    return [patient["id"] for patient in ask(db, "patient", "list")["patients"]]


def questions(db: Path) -> Iterator[Question]:
    """List what is asked about the patients of a database."""
    for who in _patients(db):
        days = sorted({entry["on"] for entry in ask(db, "history", who)["entries"]})
        newest = min(date.fromisoformat(days[-1]), END)
        chance = random.Random(who)
        for as_of in (newest, date.fromisoformat(chance.choice(days))):
            yield from _about(db, who, as_of + timedelta(chance.choice((0, 1, 9, 30, 100))))
        yield _question(db, who, "history", who)
        known = ("--as-of", newest.isoformat(), "--known-at", f"{chance.choice(days)}T12:00:00Z")
        yield _question(db, who, "warnings", who, *known)
    for as_of in ("2024-03-01", "2025-07-15", END.isoformat()):
        yield _question(db, "", "upcoming", "--as-of", as_of)
        yield _question(db, "", "warnings", "--all", "--as-of", as_of)
    for on in (END + timedelta(days) for days in range(0, 30, 3)):
        yield _question(db, "", "gate", "--on", on.isoformat(), "--as-of", END.isoformat())
    yield _question(db, "", "patient", "list")


def _about(db: Path, who: str, as_of: date) -> Iterator[Question]:
    day, until = ("--as-of", as_of.isoformat()), (as_of + timedelta(400)).isoformat()
    states = [word for state in STATES for word in ("--state", state)]
    on = ("--on", (as_of + timedelta(2)).isoformat())
    dose = ("--dose-mg", "18", "--bsa-m2", "1.5", "--confirm")
    yield _question(db, who, "upcoming", who, *day, "--until", until, *states)
    yield _question(db, who, "warnings", who, *day)
    yield _question(db, who, "exposure", who, *day)
    yield _question(db, who, "gate", who, "--on", as_of.isoformat(), *day, *dose)
    yield _question(db, who, "gate", who, *on, *day)
    listed = ask(db, "upcoming", who, *day)["checks"] + ask(db, "warnings", who, *day)["warnings"]
    for rule in sorted({found["rule"] for found in listed})[:2]:
        yield _question(db, who, "explain", who, rule, *day)


def _question(db: Path, who: str, *words: str) -> Question:
    return {"db": db.name, "who": who, "words": [*words, "--json"]}


def main() -> None:
    """Write everything into the folder that is named."""
    folder = Path(sys.argv[1])
    clinic, cases, reminded = (folder / f"{name}.db" for name in ("clinic", "cases", "reminded"))
    write_clinic(clinic, INVENTED, 7)
    write_cases(cases)
    write_clinic(reminded, REMINDED, 11)
    write_reminded(reminded)
    asked = [question for db in (clinic, cases, reminded) for question in questions(db)]
    for moment in LATER:  # last: they change the record
        asked.append(_question(reminded, "", "tick", "--now", moment))
        asked.append(_question(reminded, "", "outbox"))
    with (folder / "answers.jsonl").open("w", encoding="utf-8") as file:
        for question, code, out, _ in replay(folder, iter(asked)):
            file.write(json.dumps({**question, "code": code, "out": out}) + "\n")
    print(f"{len(asked)} questions in {folder}")


if __name__ == "__main__":
    main()
