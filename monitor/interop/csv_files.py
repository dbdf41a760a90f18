"""Spreadsheets as CSV (RFC 4180): which columns there are, and how rows are written and read.

A row that is read becomes the line that says the same, so that there is one way in.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.domain.facts import Kind
from monitor.errors import BadFile, NotOneOf

COLUMNS = {
    "results": "patient code value comparator unit on uln lln method status by event",
    "infusions": "patient on dose_mg height_cm weight_kg bsa_m2 bsa_formula route by event",
    "checks": "patient rule occurrence title opens due overdue_after state",
    "warnings": "patient rule severity since until message",
}
# What may stand there besides when it is read, where a row by itself would not be taken.
_BESIDES = {"results": "id confirm second", "infusions": "id confirm despite part_of"}
_READ = {what: f"{COLUMNS[what]} {more}" for what, more in _BESIDES.items()}
_READ["patients"] = "patient name born sex timezone language can_conceive by protocol on confirm"
_NEEDED = {"results": "patient code value on", "infusions": "patient on dose_mg"}
_NEEDED["patients"] = "patient"
_TELLING = {"code": "results", "dose_mg": "infusions", "born": "patients", "sex": "patients"}
_NUMBERS = {"value", "uln", "lln", "dose_mg", "height_cm", "weight_kg", "bsa_m2"}
_TRUTHS = {"confirm", "second", "can_conceive"}
_TRUE = {"true": True, "yes": True, "false": False, "no": False}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NO_TEXT = re.compile("[\udc80-\udcff]")  # bytes that no UTF-8 is made of
_KEPT_FROM_FORMULA = re.compile(r"'[=+\-@]")


@dataclass(kw_only=True, slots=True)
class Sheet:
    """A file that was read: a line a row, at the row's number; and what is wrong with rows."""

    lines: list[str] = field(default_factory=list)  # empty where no row begins
    faults: dict[int, str] = field(default_factory=dict)  # by row


def write(what: str, rows: Iterable[Mapping[str, object]]) -> str:
    """Write rows under the columns of their kind."""
    return write_rows(COLUMNS[what], rows)


def write_rows(columns: str, rows: Iterable[Mapping[str, object]]) -> str:
    """Write rows under some columns; what a row does not say is left empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns.split(), lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(row.get(name)) for name in writer.fieldnames})
    return text.getvalue()


def _cell(value: object) -> str:
    """Write a cell that no spreadsheet reads as a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def read(name: str, lines: Sequence[str], what: str | None) -> Sheet:
    """Read the lines of a file; raises BadFile where it is none, or its columns are not known."""
    if what is not None and what not in _READ:
        raise NotOneOf("--what", what, _READ)
    heading = next((line for line in lines if line.strip()), "")
    between = next((mark for mark in (",", ";", "\t") if mark in heading), ",")
    reader = csv.reader(lines, delimiter=between, strict=True)
    sheet, header = Sheet(), list[str]()
    first = 1
    try:
        for cells in reader:
            sheet.lines += [""] * (reader.line_num - len(sheet.lines))
            if not any(cell.strip() for cell in cells):
                first = reader.line_num + 1
                continue
            if not header:
                header = [cell.strip().casefold() for cell in cells]
                what = what or _told_by(name, first, header)
                _refuse_columns(name, first, header, what)
            else:
                _take(sheet, first, what or "", header, cells)
            first = reader.line_num + 1
    except csv.Error as fault:
        raise BadFile(f"{name}:{first} is not CSV: {fault}; check the quotation marks") from fault
    return sheet


def _told_by(name: str, row: int, header: Sequence[str]) -> str:
    found = next((what for column, what in _TELLING.items() if column in header), None)
    if found is None:
        words = "; ".join(f"{what}: {needed}" for what, needed in _NEEDED.items())
        raise BadFile(f"{name}:{row} has no header that is known; needed for {words}")
    return found


def _refuse_columns(name: str, row: int, header: Sequence[str], what: str) -> None:
    known = _READ[what].split()
    faults = [
        f"{name}:{row} {column or 'a column without a name'}: unknown column; "
        f"{what} have {', '.join(known)}"
        for column in header
        if column not in known
    ]
    counted = Counter(header)
    faults += [f"{name}:{row} {one}: stands there twice" for one in counted if counted[one] > 1]
    needed = _NEEDED[what].split()
    faults += [f"{name}:{row} {one}: column missing" for one in needed if one not in header]
    if faults:
        raise BadFile("\n".join(faults))


def _take(sheet: Sheet, row: int, what: str, header: Sequence[str], cells: Sequence[str]) -> None:
    """Take one row as a line."""
    said: dict[str, object] = {}
    faults = []
    if len(cells) != len(header):
        faults.append(f"has {len(cells)} cells, and the header has {len(header)}")
    for column, cell in zip(header, cells, strict=False):
        text = cell.strip()
        if _KEPT_FROM_FORMULA.match(text):
            text = text[1:]
        if not text or column == "event":
            continue
        if _NO_TEXT.search(text):
            faults.append(f"{column}: not UTF-8; save the file as CSV UTF-8")
        if column in _NUMBERS and "," in text:
            faults.append(f"{column}: '{text}' has a comma; write 3.2 with a point, or 1500")
        said[column] = _TRUE.get(text.casefold(), text) if column in _TRUTHS else text
    sheet.lines[row - 1] = "\n".join(map(json.dumps, _lines(what, said)))
    if faults:
        sheet.faults[row] = "; ".join(faults)


def _lines(what: str, said: dict[str, object]) -> list[dict[str, object]]:
    """Write a row as the lines that say it: with a patient a course may begin."""
    if what != "patients":
        return [{"kind": what.removesuffix("s"), **said}]
    course: dict[str, object] = {
        name: said.pop(name) for name in ("protocol", "on") if name in said
    }
    who = {"patient": said.pop("patient")} if "patient" in said else {}
    found: list[dict[str, object]] = [
        {"kind": Kind.PATIENT, **({"id": who["patient"]} if who else {}), **said}
    ]
    if course:
        by = {"by": said["by"]} if "by" in said else {}
        found.append({"kind": Kind.COURSE, **who, **course, **by})
    return found
