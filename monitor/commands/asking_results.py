"""Ask a person, result by result, for what the next gate lacks; all of it is stored, or nothing."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import typer

from monitor import bootstrap, protocols
from monitor.commands.opening import asking
from monitor.commands.options import now
from monitor.commands.render import harmless, note
from monitor.errors import Refused, Unconfirmed
from monitor.service.asking.cases import Asked, get_case
from monitor.service.asking.lacking import Lacking, next_gate
from monitor.service.input import slip
from monitor.service.recording import slips
from monitor.service.recording.admission import Admission
from monitor.service.recording.lines.base import Line
from monitor.service.recording.record import open_admission


def ask_results(patient: str, said: Mapping[str, Any], *, db: str | None) -> list[Line]:
    """Ask for the results that the next gate lacks; raises Exit where nothing is to be stored.

    Nobody is kept from recording meanwhile. All of it goes to standard error: with --json the
    answer is one document.
    """
    with asking(db) as connection:
        gate = next_gate(get_case(connection, patient, Asked(now=now())))
        admission = open_admission(connection, patient, now=now())
    _refuse_options(admission, said)
    if not gate.lacking:
        note(f"the gate of {gate.on} for {gate.person.shown} lacks no result")
        raise typer.Exit
    note(f"What the gate of {gate.on} lacks, of {gate.person.shown}; results of {said['on']}.")
    note("Enter leaves one out; 28/40 is 28 with the laboratory's upper limit of 40.")
    asker = _Asker(admission, said, bootstrap.settings(db).units)
    try:
        for one in gate.lacking:
            asker.ask_for(one)
        found = list(asker.found.values())
        told = ", ".join(asker.words)
        if found and _confirms(f"\nStore {told}?"):
            return found
    except EOFError:
        note("\nmonitor: nothing was stored")
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        note("\nnothing was stored")
        raise
    note("nothing was stored")
    raise typer.Exit


def _refuse_options(admission: Admission, said: Mapping[str, Any]) -> None:
    """Raise Refused for what no answer could mend, such as a day to come, before anything is asked.

    It is tried on a result that may always be recorded; nothing of it is kept.
    """
    [line], _ = slips.read(["ecg=normal"], {}, {**said, "second": "true"})
    with suppress(Unconfirmed):
        admission.admit(line, skip_equal=False)


class _Asker:
    """Asks for results, and keeps those that can be stored."""

    def __init__(
        self, admission: Admission, said: Mapping[str, Any], site: Mapping[str, str]
    ) -> None:
        self.found: dict[str, Line] = {}
        self.words: list[str] = []
        self._asked: set[str] = set()
        self._admission, self._said, self._site = admission, said, site

    def ask_for(self, one: Lacking) -> None:
        """Ask for the first panel, and for the next one where that was not answered wholly."""
        note(f"\n{one.title}: {one.why}")
        for panel in one.panels:
            for code, limit in panel.items():
                if code not in self._asked:  # also of another rule, and left out there
                    self._ask(code, limit)
                    self._asked.add(code)
            if all(code in self.found for code in panel):
                return

    def _ask(self, code: str, limit: str) -> None:
        """Ask for one result until it can be stored, or is left out."""
        known = protocols.catalogue().results[code]
        unit = slip.site_unit(known, self._site) or known.unit
        if limit:
            note(f"  {code}: {limit}")
        form = f"in {unit}" if unit else f"({', '.join(known.words)})"
        while text := _answer(f"  {code} {form}: "):
            try:
                self.found[code] = self._read(code, text, unit)
            except Refused as fault:
                note(f"  {fault}")
            else:
                self.words.append(f"{code} {text}")
                return

    def _read(self, code: str, text: str, unit: str) -> Line:
        """Read a result as it would be stored; what is unusual a person must confirm."""
        [line], _ = slips.read([f"{code}={text}"], {code: unit} if unit else {}, self._said)
        try:
            self._admission.admit(line, skip_equal=False)
        except Unconfirmed as doubt:
            note(f"  {str(doubt).partition(': if it is right')[0]}")
            if not _confirms("  Is it right?"):
                raise Refused("left open; type what is right") from doubt
            line = line.model_copy(update={"confirm": "true"})
            self._admission.admit(line, skip_equal=False)
        return line


def _answer(question: str) -> str:
    """Ask on standard error, where no document is; raises EOFError at the end of input."""
    sys.stderr.write(harmless(question))
    sys.stderr.flush()
    try:
        line = sys.stdin.readline() if sys.stdin else ""
    except UnicodeDecodeError:
        return "\N{REPLACEMENT CHARACTER}"  # what it was is refused by whoever reads it
    if not line:
        raise EOFError
    return line.strip()


def _confirms(question: str) -> bool:
    return _answer(f"{question} [y/N] ").casefold() in ("y", "yes")
