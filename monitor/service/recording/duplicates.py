"""What is on record already: which facts are one and the same, and which contradict each other.

A fact has a key: what can be on record once, such as the result of one test on one day. With
equal content it is the same fact entered again; with other content one of the two is wrong,
unless a person says that there really were two.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from monitor.domain.corrections import Recorded
from monitor.domain.facts import COUNTING, Kind, Status
from monitor.errors import BadOption, Refused
from monitor.service.input import text_fields
from monitor.service.recording.input_lines import COMMANDED
from monitor.service.recording.lines.base import Key, Line
from monitor.store.appender import Draft

# What is derived from the record, or says how to store, is no part of what a line says.
_DERIVED = ("drug", "version", "digest", "course", "confirm", "correction")
_DEFAULTS = {
    "route": "iv",
    "status": Status.FINAL.value,
    "bsa_formula": "mosteller",
    "second": "false",
}


class Duplicates:
    """One patient's facts by their keys."""

    def __init__(self) -> None:
        self._entries: dict[Key, list[_Entry]] = {}
        self._keys_of_senders: dict[str, Key] = {}
        self._newest_given: dict[str, int] = {}  # by drug: the infusion recorded last
        self._retracted: set[int | None] = set()

    def note(self, row: Recorded, *, counts: bool) -> None:
        """Take note of a fact on record, in force or not."""
        if row.kind == Kind.RETRACTION:
            self._retracted.add(row.corrects)
            return
        key = _key(row)
        self._entries.setdefault(key, []).append(_Entry(row=row, counts=counts))
        if row.kind == Kind.INFUSION:
            self._newest_given[row.body["drug"]] = row.event
        if row.sender_id:
            self._keys_of_senders[row.sender_id] = key

    def is_on_record(self, draft: Draft) -> bool:
        """Say whether an equal fact is on record, even if it was corrected or retracted since.

        A file that says again of the same day what may be repeated means the same turn.
        """
        if COMMANDED[draft.kind].is_repeatable and draft.kind != Kind.CANCEL:
            content = _content(draft)
            return any(_content(e.row) == content for e in self._entries.get(_key(draft), []))
        return bool(self._equal(draft))

    def equal(self, draft: Draft) -> int | None:
        """Find the event of an equal fact, the last that counts where there are several."""
        found = sorted(self._equal(draft), key=lambda entry: entry.counts)
        return found[-1].row.event if found else None

    def retracted(self, draft: Draft) -> int | None:
        """Find the event of an equal fact that was retracted, where none is in force."""
        equal = self._equal(draft)
        if not equal or any(entry.counts for entry in equal):
            return None
        event = equal[-1].row.event
        return event if event in self._retracted else None

    def refuse(self, draft: Draft) -> None:
        """Raise Refused where an equal fact is in force, or one that says otherwise."""
        line = COMMANDED[draft.kind]
        if line.is_repeatable:
            return
        equal = next((entry for entry in self._equal(draft) if entry.counts), None)
        if line.newest_counts:
            # An infusion recorded since may have used the booking up: another one is meant.
            newest = self._newest_given.get(draft.body.get("drug", ""), 0)
            equal = None if equal is None or newest > equal.row.event else equal
        if equal is not None:
            raise Refused(f"already recorded as event {equal.row.event}{line.another}")
        if not line.newest_counts:
            self._refuse_other(draft)

    def _refuse_other(self, draft: Draft) -> None:
        key = _key(draft)
        if draft.sender_id and self._keys_of_senders.get(draft.sender_id, key) != key:
            sender_id = text_fields.printable(draft.sender_id)
            raise BadOption("id", f"'{sender_id}' already names another fact")
        counting = [entry for entry in self._entries.get(key, []) if entry.counts]
        if counting and not _replaces(draft) and not self._is_waited_for(draft, counting):
            other = counting[-1].row
            raise Refused(COMMANDED[draft.kind].otherwise(other, _differences(draft, other)))

    def _is_waited_for(self, draft: Draft, counting: list["_Entry"]) -> bool:
        """Say whether it is the final value of a first sample, beside second ones of its day."""
        if any(_is_first(entry.row) for entry in counting):
            return False
        if draft.body.get("status", Status.FINAL) not in COUNTING:
            return False
        body = {**draft.body, "status": Status.PRELIMINARY.value}
        waiting = self._entries.get(_key(replace(draft, body=body)), [])
        return any(entry.counts and _is_first(entry.row) for entry in waiting)

    def _equal(self, draft: Draft) -> list["_Entry"]:
        line, entries = COMMANDED[draft.kind], self._entries.get(_key(draft), [])
        if line.is_repeatable:
            return []
        if line.newest_counts:
            # A day that was given up may be booked again.
            newest = (entry for entry in entries[-1:] if entry.row.kind == draft.kind)
            return [entry for entry in newest if entry.row.on == draft.on]
        # Who says so, and under which number of the sender's, makes no other fact.
        content = _content(draft)
        return [entry for entry in entries if _content(entry.row) == content]


def says_the_same(draft: Draft, row: Recorded) -> bool:
    """Say whether a draft has the content of a fact on record, whoever says so."""
    aside = {"second": ""}
    return {**_content(draft), **aside} == {**_content(row), **aside}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    row: Recorded
    counts: bool  # in force; otherwise corrected or retracted


def _key(fact: Recorded | Draft) -> Key:
    return COMMANDED.get(fact.kind, Line).key(fact)


def _content(fact: Recorded | Draft) -> dict[str, str]:
    """Write what a fact says so that equal contents are equal texts."""
    content = {
        key: _comparable(key, value)
        for key, value in fact.body.items()
        if key not in _DERIVED and _DEFAULTS.get(key) != value
    }
    # Who is registered on another day is the same person; the day of a symptom follows from its
    # moment and from where the patient lives.
    if COMMANDED.get(fact.kind, Line).day_key == "on":
        content["on"] = fact.on.isoformat()
    return content


def _comparable(key: str, value: str) -> str:
    if key == "at":
        return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    number = text_fields.find_number(value)
    return value if number is None else f"{number.normalize():f}"


def _replaces(draft: Draft) -> bool:
    if COMMANDED[draft.kind].is_single:
        return False
    is_corrected = draft.body.get("status") == Status.CORRECTED
    return is_corrected or not _is_first(draft)


def _is_first(fact: Recorded | Draft) -> bool:
    return fact.body.get("second") != "true"


def _differences(draft: Draft, row: Recorded) -> str:
    new, old = _content(draft), _content(row)
    return ", ".join(k for k in {**new, **old} if k != "second" and old.get(k) != new.get(k))
