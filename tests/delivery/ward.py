"""A ward that is driven as people drive it: by typed commands, and ticks with a clock of their own.

Facts lie in the past; `tick(MOMENT)` says what time it is.
"""

import json
import shlex
from pathlib import Path
from typing import Any

from tests import example
from tests.factories import case_lines

INFUSED = ("ex-course", "asked", "tests-jan", "infusion-jan")  # the first one on 2023-01-10


def patient_lines(
    who: str = "P-1",
    *facts: dict[str, Any],
    include: tuple[str, ...] = INFUSED,
    profile: str = example.NAME,
    **known: Any,
) -> list[dict[str, Any]]:
    """Write a patient of the clinical cases as import lines; `facts` come as {kind: content}."""
    described = {"sex": "female", "born": "1993-04-02", "can_conceive": True, "timezone": "UTC"}
    case = {"patient": described | known, "include": list(include), "facts": facts}
    lines = case_lines(case, profile)
    return [{**x, "id": who} if x["kind"] == "patient" else {**x, "patient": who} for x in lines]


def lvef(value: str, on: str) -> dict[str, Any]:
    """Write an ejection fraction; below 50 it is an urgent warning."""
    return {"result": {"code": "lvef", "value": value, "unit": "%", "on": on}}


def count(on: str, neutrophils: str = "3.2") -> list[dict[str, Any]]:
    """Write a blood count."""
    values = {"neutrophils": neutrophils, "platelets": "240"}
    return [
        {"result": {"code": code, "value": value, "unit": "10*9/L", "on": on}}
        for code, value in values.items()
    ]


def fever(at: str) -> dict[str, Any]:
    """Write a fever; after an infusion and without a count it is an emergency."""
    return {"symptom": {"code": "fever", "value": "38.4", "unit": "Cel", "at": at}}


class Ward:
    """A clinic on disk, the way in, and what the last tick said."""

    def __init__(self, monitor, folder: Path) -> None:
        self.monitor = monitor  # runs what is typed
        self.folder = folder
        self.err = ""
        self._files = 0

    def type(self, typed: str) -> str:
        """Type a command that must work; gives what it says."""
        code, out, err = self.monitor(typed)
        assert code == 0, f"{typed}: {code}: {err}"
        return out

    def load(self, *patients: list[dict[str, Any]]) -> None:
        """Import patients."""
        self._files += 1
        file = self.folder / f"{self._files}.jsonl"
        lines = [line for patient in patients for line in patient]
        file.write_text("\n".join(json.dumps(line) for line in lines) + "\n")
        self.type(f"import {shlex.quote(str(file))}")

    def add(self, who: str, *facts: dict[str, Any]) -> None:
        """Record facts of a patient who is known."""
        self.load([{"kind": k, "patient": who, **v} for fact in facts for k, v in fact.items()])

    def contact(self, url: str, who: str = "P-1", *, role: str = "nurse", name: str = "Ward 3",
                private: bool = False, zone: str | None = None) -> int:  # fmt: skip
        """Add a contact; gives its number."""
        typed = f"contact add {who} --role {role} --name {shlex.quote(name)} --json"
        typed += f" --channel {shlex.quote(url)}" + " --private" * private
        return json.loads(self.type(typed + (f" --timezone {zone}" if zone else "")))["contact"]

    def tick(self, now: str, *, code: int | None = 0) -> dict[str, Any]:
        """Make one pass; a day alone means 10:00 UTC."""
        moment = now if "T" in now else f"{now}T10:00:00+00:00"
        found, out, self.err = self.monitor(f"tick --now {moment} --json")
        assert code is None or found == code, f"{found}: {out}{self.err}"
        return json.loads(out)

    def outbox(self, *states: str) -> list[dict[str, Any]]:
        """List the reminders."""
        typed = "outbox --json" + "".join(f" --state {state}" for state in states)
        return json.loads(self.type(typed))["reminders"]

    def ask(self, typed: str) -> dict[str, Any]:
        """Ask, whatever the exit code."""
        return json.loads(self.monitor(f"{typed} --json")[1])

    def event(self, what: str, who: str = "P-1") -> int:
        """Find the newest fact in a history by what it says."""
        entries = self.ask(f"history {who}")["entries"]
        return [x["event"] for x in entries if what in x["what"] and x["event"]][-1]
