"""Patients who may be one and the same: by their identifiers, or by name and birth day."""

import unicodedata
from collections.abc import Iterator

from sqlalchemy import Connection

from monitor.service.asking.identity import persons
from monitor.service.asking.search import bare
from monitor.store import facts


class Namesakes:
    """Everybody on record, by what a slip of the pen would leave the same."""

    def __init__(self, connection: Connection) -> None:
        self._by_id: dict[str, list[str]] = {}
        self._by_birth: dict[tuple[str, str], list[str]] = {}
        for who, person in persons(connection, facts.patients(connection)).items():
            self.note(who, person.name, person.born)

    def note(self, who: str, name: str | None, born: str | None) -> None:
        """Take note of a patient."""
        self._by_id.setdefault(bare(who), []).append(who)
        if name and born:
            self._by_birth.setdefault((_plain(name), born), []).append(who)

    def doubts(self, who: str, name: str | None, born: str | None) -> Iterator[str]:
        """Say who on record may be the same patient."""
        alike = [other for other in self._by_id.get(bare(who), []) if other != who]
        if alike:
            yield (
                f"'{alike[0]}' is on record and differs only in case, hyphens or leading zeros: "
                "the same patient?"
            )
        same = self._by_birth.get((_plain(name), born), []) if name and born else []
        others = [other for other in same if other not in (who, *alike[:1])]
        if others:
            yield f"'{others[0]}' has the same name and birth day: the same patient?"


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
