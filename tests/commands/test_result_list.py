"""The list of results: what was received, what of it does not count and why, and the trend."""

from datetime import date
from decimal import Decimal

import pytest

from monitor.commands import result_table
from monitor.commands.result_table import drawn
from monitor.domain.comparators import Comparator
from monitor.domain.facts import Result
from monitor.service.asking.results_list import Trend

WHO = "P-3"
LOGGED = (
    "neutrophils 3.2 10*9/L --on 2023-04-01 --uln 7.5 --lln 1.5",
    "neutrophils '<100' /uL --on 2023-04-02",
    "neutrophils 9 10*9/L --on 2023-04-03",
    "neutrophils 1.2 10*9/L --on 2023-04-03 --status corrected",
    "neutrophils 1.6 10*9/L --on 2023-04-04 --status preliminary",
    "neutrophils clotted --on 2023-04-05 --status unsuitable",
    "platelets 9 10*9/L --on 2023-04-05 --confirm",
    "neutrophils 2.2 10*9/L --on 2023-04-06",
    "neutrophils 2.4 10*9/L --on 2023-04-06 --second --method smear",
    "neutrophils 4 10*9/L --on 2023-04-07",
    "ecg normal --on 2023-04-08",
)


@pytest.fixture
def listed(clinic, monitor):
    """Log results of P-3 as events 32 to 42; the one of 04-07 is taken back by event 43."""
    for typed in LOGGED:
        assert monitor(f"result log P-3 {typed}")[0] == 0
    assert monitor("retract 41 --reason 'wrong patient'")[0] == 0


def test_every_result_is_listed_with_what_keeps_it_from_counting(listed, monitor):
    code, out, err = monitor("result list P-3 anc --as-of 2023-04-08")

    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"neutrophils of {WHO} up to 2023-04-08"
    rows = [line.split("  ") for line in out.splitlines()[2:]]
    told = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert told == [
        ["2023-04-01", "3.2 10*9/L (from 1.5 to 7.5)", "32"],
        ["2023-04-02", "<100 /uL", "33"],
        ["2023-04-03", "9 10*9/L", "replaced: does not count", "34"],
        ["2023-04-03", "1.2 10*9/L", "corrected", "35"],
        ["2023-04-04", "1.6 10*9/L", "preliminary: does not count", "36"],
        ["2023-04-05", "clotted", "unsuitable: does not count", "37"],
        ["2023-04-06", "2.2 10*9/L", "39"],
        ["2023-04-06", "2.4 10*9/L", "second sample; smear", "40"],
        ["2023-04-07", "4 10*9/L", "retracted by event 43: does not count", "41"],
    ]


def test_the_list_as_a_document_has_every_value_as_received_and_as_compared(listed, ask):
    _, answer = ask("result list P-3 --as-of 2023-04-05")

    assert (answer["patient"], answer["as_of"]) == ("P-3", "2023-04-05")
    assert [r["event"] for r in answer["results"]] == [32, 33, 34, 35, 36, 37, 38]
    assert answer["results"][1] == {
        "event": 33,
        "code": "neutrophils",
        "on": "2023-04-02",
        "value": "100",
        "comparator": "<",
        "unit": "/uL",
        "lln": None,
        "uln": None,
        "method": None,
        "compared": "0.100",
        "status": "final",
        "standing": "counts",
        "second": False,
        "confirmed": False,
        "by": answer["results"][1]["by"],
        "what": "neutrophils <100 /uL",
    }
    assert (answer["results"][6]["confirmed"], answer["results"][5]["compared"]) == (True, None)


def test_a_code_without_results_and_one_that_there_is_not(listed, monitor):
    assert monitor("result list P-3 hcg --as-of 2023-04-08")[1] == (
        f"no hcg of {WHO} up to 2023-04-08\n"
    )
    code, _, err = monitor("result list P-3 neutrofils")
    assert (code, err) == (
        2,
        "monitor: CODE: no result code 'neutrofils'; did you mean 'neutrophils'?\n",
    )


def test_what_was_not_known_yet_is_not_listed(listed, monitor):
    code, out, err = monitor("result list P-3 --known-at 2023-04-08T00:00:00Z")

    assert (code, out) == (2, "")
    assert "P-3 was not on record by 2023-04-08" in err


def test_damaged_facts_are_said_and_not_listed(listed, spoil, monitor):
    spoil("P-3")
    code, out, err = monitor("result list P-3")

    assert (code, out) == (3, "")
    assert "P-3" in err


def number(value: str, comparator: str | None = None) -> Result:
    on = date(2023, 4, 1)
    said = {"event": 1, "on": on, "recorded_on": on, "code": "neutrophils", "shown": ""}
    sign = Comparator(comparator) if comparator else None
    written = Decimal(value) if sign else None
    return Result(value=Decimal(value), comparator=sign, written=written, **said)


@pytest.mark.parametrize(
    ("results", "line"),
    [
        ([number("0"), number("3"), number("7")], "▁▄█ 0 to 7"),
        ([number("3"), number("1"), number("1.3")], "█▁▂ 1 to 3"),
        ([number("0.1", "<"), number("0.8")], "▁█ <0.1 to 0.8"),
        ([number("2"), number("2.0")], "▁▁ 2"),
        ([number(str(n)) for n in range(30)], None),
    ],
)
def test_the_trend_is_drawn_between_the_lowest_and_the_highest(results, line):
    said = drawn(Trend(code="neutrophils", unit="10*9/L", results=tuple(results)))

    if line is not None:
        assert said == f"neutrophils {line} 10*9/L"
    else:
        assert said.endswith(" 6 to 29 10*9/L")  # the newest 24
        assert len(said.split()[1]) == 24


@pytest.mark.parametrize(("encoding", "has"), [("utf-8", True), ("ascii", False), ("odd", False)])
def test_a_terminal_without_blocks_shows_none(encoding, has, monkeypatch):
    class Terminal:
        def __init__(self) -> None:
            self.encoding = encoding

    monkeypatch.setattr(result_table.sys, "stdout", Terminal())

    assert result_table._has_blocks() is has
