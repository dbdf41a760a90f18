"""Count the alarms of an invented clinic: warnings and messages a patient-year, by rule and role.

    python -m tests.alarms well --patients 1000 --to well.jsonl     does each check in its time
    python -m tests.alarms badly --patients 1000 --to badly.jsonl   forgets some, is late with some
    python -m tests.alarms table well.jsonl badly.jsonl             what stands in docs/alarms.md

A life is a line of the file as soon as it is lived. docs/alarms.md says how a program of before is
counted.
"""

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.alarms.clinic import lives
from tests.alarms.counting import counted, tables
from tests.alarms.memory import in_memory
from tests.alarms.values import KEPT


def _live(kept: str, numbers: range, years: int, named: str | None, to: str) -> None:
    with in_memory(), Path(to).open("a", encoding="utf-8") as file:
        for life in lives(kept, numbers, years, named):
            file.write(json.dumps(counted(life)) + "\n")
            file.flush()


def main() -> None:
    """Live through a clinic, or write the table of several."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("what", choices=[*KEPT, "table"])
    asked.add_argument("files", nargs="*", help="of lives, for a table: a column each")
    asked.add_argument("--patients", type=int, default=100)
    asked.add_argument("--after", type=int, default=0, help="leave out so many: they are lived")
    asked.add_argument("--years", type=int, default=3)
    asked.add_argument("--protocol")
    asked.add_argument("--processes", type=int, default=1)
    asked.add_argument("--to")
    given = asked.parse_args()
    if given.what == "table":
        named = [(Path(name).stem, Path(name).read_text().splitlines()) for name in given.files]
        clinics = [(name, [json.loads(line) for line in some]) for name, some in named]
        sys.stdout.writelines(f"{line}\n" for line in tables(clinics))
        return
    parts = [
        range(given.after + n, given.patients, given.processes) for n in range(given.processes)
    ]
    with ProcessPoolExecutor(given.processes) as pool:
        started = [
            pool.submit(_live, given.what, some, given.years, given.protocol, given.to)
            for some in parts
        ]
        for part in started:
            part.result()


if __name__ == "__main__":
    main()
