"""Read patients for a question, and say beside the answer what it has to leave out."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from monitor.commands.render import note
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, Case
from monitor.service.asking.said import not_come_words


class Unknown:
    """Gathers of whom a question about everybody has no answer: silence would read as calm."""

    def __init__(self) -> None:
        self._why: dict[str, str] = {}

    def add(self, who: str, why: str) -> None:
        """Say it beside the answer, and keep it for the answer."""
        note(f"monitor: {why}")
        self._why[who] = why

    def answer(self) -> dict[str, Any]:
        """Give what the answer says of them; nothing where everybody could be looked at."""
        found = [{"patient": who, "why": why} for who, why in self._why.items()]
        return {"unknown": found} if found else {}


def get_case(connection: Connection, patient: str, when: Asked) -> Case:
    """Read one patient."""
    case = cases.get_case(connection, patient, when)
    _note_not_come(case)
    return case


def every_case(connection: Connection, when: Asked, unknown: Unknown) -> Iterator[Case]:
    """Read every patient; `unknown` gathers who cannot be read."""
    for case in cases.all_cases(connection, when, report=unknown.add):
        _note_not_come(case)
        yield case


def _note_not_come(case: Case) -> None:
    said = not_come_words(case)
    if said is not None:
        note(f"monitor: {said}")
