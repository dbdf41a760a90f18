"""Files of every kind of line, with anything wrong: refused in words, or stored and readable."""

import json
import random
from datetime import UTC, datetime

import pytest

from monitor import bootstrap
from monitor.errors import BadFile, MonitorError
from monitor.interop import csv_files
from monitor.service.recording.as_recorded import import_as_recorded
from monitor.service.recording.exporting import export_lines
from monitor.service.recording.imports import import_lines
from tests.commands.test_csv import HEADER
from tests.commands.test_feeds import NIGHT
from tests.shares import so_many

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
ODD = [None, "", "x", "0", "-1", "1e400", "9" * 400, 3, 1.5, True, [], {}, ["P-1"], "P-1", "P-2"]
ODD += ["r", "i", "c", "2026-01-09", "2999-12-31", "1979-01-01", "\u202e", "\ud800", "a\x00", "1.5"]
ODD += ["event-1", "neutrophils", "10*9/L", "the clinic", {"on": "2026-01-01"}, {"clock": "x"}]
KEYS = sorted({key for line in NIGHT for key in line})
KEYS += ["second", "confirm", "course", "digest", "version", "recorded_at", "recorded_as", "rule"]


def spoilt(lines: list[dict[str, object]], chance: random.Random) -> list[str]:
    found = [dict(line) for line in lines]
    for _ in range(chance.randint(1, 4)):
        line = chance.choice(found)
        match chance.randrange(5):
            case 0:
                line.pop(chance.choice([*line]), None)
            case 1 | 2:
                line[chance.choice([*line])] = chance.choice(ODD)
            case 3:
                line[chance.choice(KEYS)] = chance.choice(ODD)
            case _:
                found.append(dict(chance.choice(found)))
                found[-1] |= {"on": "2026-03-03"}
    if chance.random() < 0.3:
        chance.shuffle(found)
    return [json.dumps(line) + "\n" for line in found]


@pytest.fixture(scope="module")
def exported() -> list[dict[str, object]]:
    with pytest.MonkeyPatch.context() as patch, bootstrap.nothing() as connection:
        from tests import example

        example.ship(patch)
        import_lines(connection, "x", [json.dumps(line) for line in NIGHT], now=NOW)
        return [json.loads(line) for line in export_lines(connection).lines]


@pytest.mark.parametrize("seed", [*range(so_many(200)), 1901])
def test_no_file_ends_in_anything_but_words(seed, exampline, exported):
    chance = random.Random(seed)
    for read, lines in ((import_lines, [*NIGHT]), (import_as_recorded, exported)):
        with bootstrap.nothing() as connection:
            try:
                read(connection, "x", spoilt(lines, chance), now=NOW)
            except MonitorError:
                continue
            assert not export_lines(connection).unread


@pytest.mark.parametrize("seed", range(so_many(200)))
def test_no_sheet_ends_in_anything_but_words(seed):
    chance = random.Random(seed)
    text = [*f"{HEADER}\r\nP-1,lvef,62,,%,2026-01-09,,,,final,Ann,7\r\n" * 2]
    for _ in range(chance.randint(1, 12)):
        text[chance.randrange(len(text))] = chance.choice([*"\",;\t\r\n'=+", "\x00", "\udcff", "é"])
    try:
        sheet = csv_files.read("x", "".join(text).splitlines(keepends=True), None)
    except BadFile:
        return
    assert all(isinstance(json.loads(line), dict) for line in filter(None, sheet.lines))
