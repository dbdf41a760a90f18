"""Does the program answer as an earlier commit did, on databases that the earlier one wrote?

    python tests/structure/same_answers.py --baseline b79ac15    writes databases and answers
    python tests/structure/same_answers.py                       asks this tree the same
    python tests/structure/same_answers.py --every 10            of every tenth patient
    python tests/structure/same_answers.py --texts               lists sentences that changed

`--json` answers and exit codes are compared byte by byte, sentences (`SENTENCES`) blanked. Only the
console command is used, so that modules may move. Exit code 1: an answer differs.
"""

import argparse
import contextlib
import difflib
import importlib.metadata
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(tempfile.gettempdir()) / "monitor-same-answers"
CRASHED = 99  # in place of an exit code
SENTENCES = ("message", "patient_message", "title", "because", "arithmetic", "notes", "answer")
_STRING = r'"(?:[^"\\]|\\.)*"'
Question = dict[str, Any]  # database, patient, words of the command, exit code, standard output


@cache
def _program() -> Any:
    (entry,) = importlib.metadata.entry_points(group="console_scripts", name="monitor")
    return entry.load()


def run(*typed: str) -> tuple[int, str, str]:
    """Run a command of the program that is installed here, in this process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    before, sys.argv = sys.argv, ["monitor", *typed]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            _program()()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:
        code = CRASHED
        err.write(traceback.format_exc())
    finally:
        sys.argv = before
    return code, out.getvalue(), err.getvalue()


def replay(folder: Path, questions: Iterator[Question]) -> Iterator[tuple[Question, int, str, str]]:
    """Ask questions of copies of the databases, upgraded to this tree's schema."""
    with tempfile.TemporaryDirectory() as scratch:
        for file in folder.glob("*.db"):
            shutil.copy(file, scratch)
            code, _, err = run("db", "upgrade", "--db", f"{scratch}/{file.name}")
            if code:
                sys.exit(f"{file}: db upgrade: {err}")
        for question in questions:
            yield question, *run(*question["words"], "--db", f"{scratch}/{question['db']}")


def compare(
    folder: Path, every: int, most: int, *, texts: bool = False, also: tuple[str, ...] = ()
) -> int:
    """Ask this tree; print the first differences and how many there are."""
    lines = (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    known = [json.loads(line) for line in lines]
    asked = list(_every(every, known))
    differing, reworded, begun = Counter[str](), Counter[tuple[str, str]](), time.monotonic()
    for question, code, out, err in replay(folder, iter(asked)):
        reworded.update(_reworded(question["out"], out))
        old, new = blank(question["out"], *also), blank(out, *also)
        if (code, new) == (question["code"], old):
            continue
        differing[question["words"][0]] += 1
        if differing.total() <= most:
            _show(question, code, err, old, new)
    if texts:
        for (old, new), times in reworded.most_common():
            print(f"{times:6} - {old}\n       + {new}")
    patients = len({(q["db"], q["who"]) for q in asked if q["who"]})
    took = f"{time.monotonic() - begun:.0f} s"
    print(f"{len(asked)} questions about {patients} patients, asked in {took}")
    print(f"{differing.total()} answers differ {dict(differing) or ''}")
    print(f"{reworded.total()} sentences are worded otherwise")
    return int(bool(differing))


def _every(nth: int, known: list[Question]) -> Iterator[Question]:
    """Choose every Nth patient, every Nth question about all, and whatever changes the record."""
    places: dict[Any, int] = {}
    for question in known:
        about = question["db"], question["who"] or question["words"][1:]
        place = places.setdefault(str(about), len(places))
        if place % nth == 0 or question["words"][0] in ("tick", "outbox"):
            yield question


@cache
def _sentence(*also: str) -> re.Pattern[str]:
    named = "|".join(map(re.escape, SENTENCES + also))
    return re.compile(rf'"({named})": ({_STRING}|\[(?:\s*{_STRING},?)*\s*\])')


def blank(document: str, *also: str) -> str:
    """Leave out the sentences of a document, and the values of some other keys."""
    return _sentence(*also).sub(r'"\1": …', document)


def _reworded(old: str, new: str) -> Iterator[tuple[str, str]]:
    if old != new:
        for one, other in zip(_sentence().findall(old), _sentence().findall(new), strict=False):
            if one != other and one[0] == other[0]:
                yield re.sub(r"\d+", "9", one[1]), re.sub(r"\d+", "9", other[1])


def _show(question: Question, code: int, err: str, old: str, new: str) -> None:
    print(f"monitor {' '.join(question['words'])}  # {question['db']}")
    if code != question["code"]:
        print(f"  exit code {question['code']} -> {code}: {err.strip()[-600:]}")
    shown = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=3))[2:]
    print(*(f"  {line}" for line in shown[:40]), sep="\n", flush=True)


def make_baseline(commit: str, folder: Path) -> None:
    """Have an earlier commit write the databases and answer, in a process of its own."""
    with tempfile.TemporaryDirectory() as tree:
        packed = subprocess.run(["git", "archive", commit], capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", tree], input=packed.stdout, check=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        script = Path(__file__).with_name("baseline.py").resolve()
        subprocess.run(
            [sys.executable, script, folder],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": tree},  # before what is installed
            check=True,
        )
    (folder / "commit").write_text(commit)


def main() -> int:
    """Read the options."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--baseline", metavar="COMMIT", help="write databases and answers anew")
    asked.add_argument("--folder", type=Path, default=FOLDER, help=f"where they are ({FOLDER})")
    asked.add_argument("--every", type=int, default=1, metavar="N", help="every Nth patient only")
    asked.add_argument("--show", type=int, default=5, metavar="N", help="the first N differences")
    asked.add_argument("--texts", action="store_true", help="list the sentences that changed")
    asked.add_argument("--blank", action="append", default=[], metavar="KEY", help="blank it too")
    given = asked.parse_args()
    for name in ("MONITOR_DB", "MONITOR_POLICY"):
        os.environ.pop(name, None)
    if given.baseline:
        make_baseline(given.baseline, given.folder)
        return 0
    return compare(
        given.folder, given.every, given.show, texts=given.texts, also=tuple(given.blank)
    )


if __name__ == "__main__":
    sys.exit(main())
