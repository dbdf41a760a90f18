"""Measure what a stranger trips over: how much there is, and how far one must go to follow it.

python -m tests.structure            each figure: measured, target, whether it is met
python -m tests.structure --markdown the same as rows for docs/structure.md
python -m tests.structure --names    and the names behind each count
python -m tests.structure nadir      moves one clinical number by a day; which tests break
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.structure import nadir, running
from tests.structure.source import LONG, Source

PAGE = Path("docs/structure.md")


@dataclass(frozen=True)
class Figure:
    """One row: what is counted, how much there is, how much there should be."""

    what: str
    measured: float
    target: float | None
    names: Sequence[Any] | dict[str, Any] = ()  # what was counted

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return (
            "met"
            if 0 < self.measured <= self.target or self.target == 0 == self.measured
            else "not met"
        )


def figures() -> list[Figure]:
    """Measure everything that takes seconds."""
    source = Source()
    record = running.recording()
    remind, shapes = running.reminding()
    story = source.reminding()
    by_fact, facts = source.touched_by_a_fact()
    rules = source.rules_named_outside()
    states, kinds = source.message_states(), source.fact_kinds()
    modules, classes = source.same_module_names(), source.same_class_names()
    longest = source.longest()
    return [
        Figure("`result log`: files entered", len(record.entered), 30, sorted(record.entered)),
        Figure(
            "`result log`: moves between files", record.moves, 800, record.pairs.most_common(25)
        ),
        Figure("`result log`: evaluations of the patient", record.evaluations(), 1),
        Figure(
            "`tick`, one patient: files entered", len(remind.entered), 30, sorted(remind.entered)
        ),
        Figure(
            "`tick`, one patient: moves between files",
            remind.moves,
            None,
            remind.pairs.most_common(25),
        ),
        Figure("`tick`: shapes one reminder wears", len(shapes), 6, sorted(shapes)),
        Figure("reminding: files that tell the story", len(story), 10, [m.path for m in story]),
        Figure("reminding: lines of these files", sum(m.lines for m in story), None),
        Figure("a kind of fact is named in so many files (median)", by_fact, 4, facts),
        Figure("kinds of rules named outside of the rules: times", sum(rules.values()), 0, rules),
        Figure("kinds of rules named outside of the rules: files", len(rules), 0),
        Figure("`dict[str, Any]`", source.untyped(), None),
        Figure("states of messages as bare strings", states[0], 0),
        Figure("states of messages as bare strings: files", states[1], 0),
        Figure("kinds of facts as bare strings", kinds[0], 0),
        Figure("kinds of facts as bare strings: files", kinds[1], 0),
        Figure("lines of `monitor/`", source.lines(), 16_500),
        Figure(
            "lines of code of `monitor/`: no blank ones, comments, docstrings",
            source.code_lines(),
            None,
        ),
        Figure("files of `monitor/`", len(source.modules), None),
        Figure("module names that two packages have", len(modules), None, modules),
        Figure("public class names that two modules have", len(classes), 0, classes),
        Figure("lines of the longest file", longest.lines, LONG, [longest.path]),
        Figure(f"files over {LONG} lines", len(source.long()), 0, [m.path for m in source.long()]),
        Figure("`raise Refused`", source.raised("Refused"), None),
    ]


def main() -> None:
    """Read the options."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("what", nargs="?", choices=["figures", "nadir"], default="figures")
    asked.add_argument("paths", nargs="*", help="of tests, for nadir: not the whole suite")
    asked.add_argument("--write", action="store_true")
    asked.add_argument("--names", action="store_true")
    given = asked.parse_args()
    if not Path("monitor").is_dir():
        sys.exit("run this where monitor/ lies")
    if given.what == "nadir":
        nadir.move_and_test(given.paths)
        return
    found = figures()
    for one in found:
        target = "" if one.target is None else f"{one.target:,}"
        print(f"{one.what:66} {one.measured:>8,} {target:>8}  {one.verdict}")
        if given.names:
            for name in one.names.items() if isinstance(one.names, dict) else one.names:
                print("   ", name)
    if given.write:
        write(found)


def write(found: list[Figure]) -> None:
    """Put what was measured into the column "now" of the page, with its moment and commit."""
    known = {one.what: one for one in found}
    git = ["git", "log", "-1", "--format=%h, %cd", "--date=format:%Y-%m-%d %H:%M"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    lines = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = line.split(" | ")
        one = known.get(cells[0].removeprefix("| "))
        if one is not None:
            cells[3], cells[5] = f"{one.measured:,}", f"{one.verdict} |"
            line = " | ".join(cells)
        lines.append(f"Now: {commit} UTC." if line.startswith("Now: ") else line)
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
