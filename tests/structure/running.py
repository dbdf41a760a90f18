"""What the program does while it records a result and while it reminds: files, moves, shapes."""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from types import CodeType, FrameType
from typing import Any

from tests.structure.same_answers import run
from tests.structure.source import RULES, Source

PATIENT = "P-017"
RECORDED = """
patient add P-017 --sex female --born 1993-04-02 --can-conceive --timezone Europe/London
course start P-017 --protocol mitoxantrone-ms-us --on 2025-03-01
fact set P-017 ms_type=secondary_progressive --on 2025-03-01
contact add P-017 --role nurse --name Ward --channel console:
result log P-017 neutrophils 3.2 10*9/L --on 2025-03-02
infusion log P-017 --on 2025-03-03 --dose-mg 21 --height-cm 175 --weight-kg 63
"""
RESULT = "result log P-017 neutrophils 1499 /uL --on"
TICK = "tick --now"


@dataclass
class Trace:
    """The calls of one command, as far as they enter `monitor/`."""

    entered: set[str] = field(default_factory=set)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)  # from file to file
    assessed: list[Any] = field(default_factory=list)
    carried: list[Any] = field(default_factory=list)  # what was given to functions, or returned

    def __call__(self, frame: FrameType, what: str, given: Any) -> None:
        if what not in ("call", "return"):
            return
        file = _file(frame.f_code)
        if file is None or frame.f_code.co_name == "<module>":
            return
        if what == "return":
            self._keep(given)
            return
        self.entered.add(file)
        caller = frame.f_back and _file(frame.f_back.f_code)
        if caller is not None and caller != file:
            self.pairs[caller, file] += 1
        for name in frame.f_code.co_varnames[: frame.f_code.co_argcount]:
            self._keep(frame.f_locals.get(name))

    def _keep(self, given: Any) -> None:
        if type(given).__module__.startswith("monitor."):
            self.carried.append(given)
            if type(given).__name__ == "Assessment":
                self.assessed.append(given)
        elif isinstance(given, (list, tuple)):
            for one in given[:9]:
                self._keep(one)

    @property
    def moves(self) -> int:
        return self.pairs.total()

    def evaluations(self) -> int:
        """Count how often the checks of the patient's treatment were worked out."""
        return len({id(one) for one in self.assessed if one.checks})


def _file(code: CodeType) -> str | None:
    _, found, path = code.co_filename.rpartition("/monitor/")
    return path if found and "site-packages" not in code.co_filename else None


@contextmanager
def _traced() -> Iterator[Trace]:
    trace = Trace()
    sys.setprofile(trace)
    try:
        yield trace
    finally:
        sys.setprofile(None)


def recording() -> Trace:
    """Trace the recording of one result; the one before loads what is loaded once."""
    with _clinic() as monitor:
        monitor(f"{RESULT} 2025-05-27")
        with _traced() as trace:
            monitor(f"{RESULT} 2025-05-28")
    return trace


def reminding() -> tuple[Trace, set[str]]:
    """Trace a pass about one patient that owes and sends one message; name what carried it."""
    with _clinic() as monitor:
        monitor(f"{TICK} 2025-03-04T09:00:00Z")
        with _traced() as trace:
            monitor(f"{TICK} 2025-03-11T09:00:00Z")
        sent = json.loads(monitor("outbox --json"))["reminders"]
    (one,) = [each for each in sent if each["rule"] == "cbc-nadir"]
    return trace, shapes(trace, one["rule"], one["key"], one["ref"])


@contextmanager
def _clinic() -> Iterator[Callable[[str], str]]:
    with tempfile.TemporaryDirectory() as folder:

        def monitor(typed: str) -> str:
            code, out, err = run(*typed.split(), "--db", f"sqlite:///{folder}/clinic.db")
            assert code == 0, (typed, out, err)
            return out

        for line in RECORDED.strip().splitlines():
            monitor(line)
        yield monitor


def shapes(trace: Trace, *marks: str) -> set[str]:
    """Name the classes that carry one reminder.

    Those are the classes of the program whose objects are handed between its functions and hold
    the reminder's rule, key or reference in a field, or hold such an object in a field. Not
    counted are enumerations and the rules of protocols.
    """
    held = {id(one): one for one in trace.carried}.values()
    rules = Source().below(RULES)
    direct = {type(one) for one in held if any(value in marks for value in _values(one))}
    around = {type(one) for one in held if any(type(value) in direct for value in _values(one))}
    kinds = [kind for kind in direct | around if kind.__name__ not in rules]
    return {f"{kind.__module__}.{kind.__qualname__}" for kind in kinds}


def _values(one: Any) -> list[Any]:
    if isinstance(one, Enum):
        return []
    if is_dataclass(one):
        return [getattr(one, each.name, None) for each in fields(one)]
    return list(vars(one).values()) if hasattr(one, "__dict__") else []
