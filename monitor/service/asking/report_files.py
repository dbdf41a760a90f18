"""The report as files for others: a spreadsheet (RFC 4180), and a picture (SVG)."""

from collections.abc import Iterator
from dataclasses import asdict, fields
from html import escape

from monitor.interop.csv_files import write_rows
from monitor.service.asking.report import Fates, ReportAnswer, words_of

_COUNTS = " ".join(field.name for field in fields(Fates))

# Parts of a bar, left to right: colours that differ in brightness, and lines over two, for paper.
_FILLS = {
    "in time": "#1b6e53",
    "late": "#f0b429",
    "missed": "url(#missed)",
    "waived": "#c3c7cd",
    "open": "#ffffff",
    "overdue": "url(#overdue)",
}
_LINES = (
    '<pattern id="{}" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6" fill="{}"/>'
    '<rect width="2" height="6" fill="{}"/></pattern>'
)
_LEFT, _BAR, _WIDTH, _ROW = 200, 460, 900, 28


def as_csv(answer: ReportAnswer) -> str:
    """Write a row a rule, then a row a patient: each row leaves the other cell empty."""
    rows: list[dict[str, object]] = [
        {"rule": one.rule, **asdict(one.tally), "unknown": one.unknown} for one in answer.rules
    ]
    for each in answer.by_patient:
        rows.append({"patient": each.person.id, **each.person.known(), **asdict(each.tally)})
    rows += [{"patient": lost.patient, "unknown": 1} for lost in answer.unknown]
    return write_rows(f"rule patient name born {_COUNTS} unknown", rows)


def as_svg(answer: ReportAnswer) -> str:
    """Draw a bar a rule, as wide for few checks as for many; its words say how many they are."""
    title, *facts = words_of(answer)
    drawn = [_text(20, 34, title, "font-size:18px;font-weight:bold")]
    drawn += [_text(20, 58 + 20 * n, words) for n, words in enumerate(facts)]
    top = 58 + 20 * len(facts) + 14
    for place, (name, fill) in enumerate(_FILLS.items()):
        x = 20 + 120 * place
        drawn += [_rect(x, top - 12, 14, fill, 14), _text(x + 20, top, name)]
    for number, row in enumerate(answer.rules, start=1):
        y = top + _ROW * number
        drawn += [_text(20, y + 14, row.rule), *_bar(row.tally, y)]
        words = f"{row.tally.in_time} of {row.tally.due} in time, {row.tally.share}"
        drawn.append(_text(_LEFT + _BAR + 12, y + 14, words))
    height = top + _ROW * (len(answer.rules) + 1) + 16
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" '
            'style="font-family:sans-serif;font-size:13px">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape('; '.join(facts))}</desc>",
            f"<defs>{_LINES.format('missed', '#b3261e', '#ffffff')}",
            f"{_LINES.format('overdue', '#ffffff', '#b3261e')}</defs>",
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
            *drawn,
            "</svg>\n",
        ]
    )


def _bar(tally: Fates, y: int) -> Iterator[str]:
    counts = (tally.in_time, tally.late, tally.missed, tally.waived, tally.open - tally.overdue)
    x = float(_LEFT)
    for (name, fill), count in zip(_FILLS.items(), (*counts, tally.overdue), strict=True):
        if count:
            width = _BAR * count / tally.due
            said = f"<title>{name}: {count} of {tally.due}</title>"
            yield _rect(x, y, width, fill, 20, said)
            x += width


def _rect(x: float, y: int, width: float, fill: str, height: int, inside: str = "") -> str:
    place = f'x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}"'
    return f'<rect {place} fill="{fill}" stroke="#333333">{inside}</rect>'


def _text(x: int, y: int, words: str, style: str = "") -> str:
    styled = f' style="{style}"' if style else ""
    return f'<text x="{x}" y="{y}"{styled}>{escape(words)}</text>'
