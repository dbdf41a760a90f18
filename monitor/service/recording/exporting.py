"""Write the record as the lines that `import` reads: every fact, in the order of recording.

Where a fact refers to another one, its line names the other's `id`. Nothing is left out silently:
of a patient whose record cannot be read there is a line that no import takes.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.errors import DamagedRecord
from monitor.service.asking.cases import Show, unknown_patient, unseen
from monitor.service.recording.input_lines import COMMANDED, IMPORTED
from monitor.service.recording.pinned_texts import PROTOCOL, digest_of
from monitor.store import facts, pinned
from monitor.store.clinic import CLINIC
from monitor.store.engine import let_others_write
from monitor.store.everybody import everybody
from monitor.store.facts import moment_text
from monitor.store.soundness import is_clean

CORRECT = "correct"
UNREADABLE = "unreadable"  # a line that stands for a record that cannot be read

_WORDS = {line.kind.value: word for word, line in IMPORTED.items() if word != CORRECT}
_TRUTHS = ("confirm", "second", "can_conceive", "private")
_REFERENCES = {"course": "course", "anchor": "of"}  # in a body, and the key of a line
_HINT = "type: monitor db verify"
Content = dict[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """What was written."""

    lines: list[str]
    patients: int
    channels: int  # of contacts: each is a secret
    unread: tuple[str, ...]  # whose record cannot be read, and why


def export_lines(
    connection: Connection,
    *,
    who: str | None = None,
    progress: Show = unseen,
) -> Exported:
    """Write all lines, of one patient or of all; raises DamagedRecord for the one named."""
    names = [who] if who is not None else everybody(connection)
    found: list[tuple[int, str]] = []
    digests: dict[str, None] = {}
    unread: dict[str, str] = {}
    channels, count = 0, progress(len(names))
    for name in names:
        let_others_write(connection)
        try:
            if not is_clean(name):
                raise DamagedRecord(f"the identifier of a patient is damaged: {name!a}; {_HINT}")
            rows = facts.read(connection, name)
            if not rows and who is not None:
                raise unknown_patient(connection, who)
            found += [(event, _text(line)) for event, line in _lines_of(rows)]
        except DamagedRecord as fault:
            if who is not None:
                raise
            unread[name] = str(fault)
            continue
        digests |= dict.fromkeys(row.body["digest"] for row in rows if "digest" in row.body)
        channels += sum(row.kind == Kind.CONTACT for row in rows)
        count(1)
    texts = [_text(line) for line in _protocols(connection, digests, unread)]
    texts += [text for _, text in sorted(found)]
    texts += [_text({"kind": UNREADABLE, "of": name, "why": why}) for name, why in unread.items()]
    return Exported(
        lines=texts,
        patients=len({*names} - {CLINIC, *unread}),
        channels=channels,
        unread=tuple(unread.values()),
    )


def _text(line: Content) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"


def _protocols(
    connection: Connection, digests: Iterable[str], unread: dict[str, str]
) -> Iterator[Content]:
    """Write the texts that courses follow: another program may ship others."""
    for digest in digests:
        name, text = pinned.kept(connection, digest) or ("", "")
        if digest_of(str(text)) == digest:
            yield {"kind": PROTOCOL, "name": name, "digest": digest, "text": text}
        else:
            unread[digest] = f"the text of a protocol, {digest}, is lost or damaged; {_HINT}"


def _lines_of(rows: Sequence[Recorded]) -> Iterator[tuple[int, Content]]:
    """Write one patient's facts, each with its event; raises DamagedRecord."""
    named: dict[str, str] = {}  # the id of the line of each event
    contacts: dict[str, str] = {}  # the same, of the number of each contact
    earlier: dict[int, Recorded] = {}
    taken: set[str] = set()
    for row in rows:
        earlier[row.event] = row
        name = _name(row, taken)
        taken.add(name)
        named[str(row.event)] = name
        try:
            line = _line(row, named, contacts, earlier)
        except KeyError as fault:
            raise DamagedRecord(
                f"event {row.event} of {row.patient} ({row.kind}) cannot be written as a line: "
                f"{fault} is not known"
            ) from fault
        if row.kind == Kind.CONTACT:
            contacts[row.body["number"]] = name
        yield row.event, line


def _name(row: Recorded, taken: Collection[str]) -> str:
    """Give the id of a line: the sender's where it names no other fact of the patient."""
    if row.kind == Kind.PATIENT:
        return row.patient
    if row.sender_id and row.sender_id not in taken:
        return row.sender_id
    name = f"event-{row.event}"
    while name in taken:
        name += "-"
    return name


def _line(
    row: Recorded,
    named: Mapping[str, str],
    contacts: Mapping[str, str],
    earlier: Mapping[int, Recorded],
) -> Content:
    """Write one fact."""
    body = dict(row.body)
    kind = row.kind
    line: Content = {"kind": _WORDS[kind], "patient": row.patient}
    as_recorded: Content = {}
    if kind == Kind.PATIENT:
        del line["patient"]
    if row.patient == CLINIC:
        line = {"kind": _WORDS[kind], "clinic": True}
    line["id"] = named[str(row.event)]
    if row.corrects is not None:
        line["of"] = named[str(row.corrects)]
    if row.corrects is not None and kind != Kind.RETRACTION:
        was = earlier[row.corrects].body
        line |= {"kind": CORRECT, "reason": body.pop("correction")}
        line |= dict.fromkeys({*was} - {*body} - {"correction", *_TRUTHS})
        if body.pop("reason", None) != was.get("reason"):
            raise KeyError("another reason")  # no correction can give one
    if kind == Kind.CONTACT_REMOVED:
        line["of"] = contacts[body.pop("number")]
    if kind == Kind.CONTACT and body["number"] in contacts:
        line["of"] = contacts[body["number"]]
    if body.get("drug") == "" or kind == Kind.COURSE:
        body.pop("drug", None)  # that of its protocol; or of what every patient is watched for
    elif kind in COMMANDED and COMMANDED[kind].of_a_drug:
        line["protocol"] = body.pop("drug")
    for key, written in _REFERENCES.items():
        if key in body:
            line[written] = named[str(body.pop(key))]
    if "part_of" in body:
        senders = {one.sender_id for one in earlier.values() if one.kind == Kind.INFUSION}
        if body["part_of"] not in senders:
            body["part_of"] = named[body["part_of"]]
    if kind in (Kind.PATIENT, Kind.SYMPTOM):
        as_recorded["on"] = row.on.isoformat()
    else:
        line["on"] = row.on.isoformat()
    line |= {key: value == "true" if key in _TRUTHS else value for key, value in body.items()}
    if row.by is not None:
        line["by"] = row.by
    line["recorded_at"] = moment_text(row.recorded_at)
    if row.clock is not None:
        as_recorded["clock"] = moment_text(row.clock)
    if row.login is not None:
        as_recorded["login"] = row.login
    return {**line, "recorded_as": as_recorded} if as_recorded else line
