"""Move the US nadir by a day in a copy of the tree: which tests are about it?"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

PROTOCOL = "monitor/protocols/mitoxantrone-ms-us.yaml"
RULE, BEFORE, AFTER = "cbc-nadir", "10 days", "11 days"
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".hypothesis", ".*_cache")


def move_and_test(paths: list[str]) -> None:
    """Run the everyday suite, or a part of it, on the moved number; count what breaks by file."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(".", tree, ignore=_LEFT_OUT)
        file = tree / PROTOCOL
        file.write_text(_moved(file.read_text(encoding="utf-8")), encoding="utf-8")
        words = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:randomly"]
        told = subprocess.run(
            [*words, "--no-header", "-rfE", "--tb=no", *paths],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
            capture_output=True,
            text=True,
            check=False,
        ).stdout
    broken = re.findall(r"^(?:FAILED|ERROR) (\S+?)(?:::(.*?))?(?: - .*)?$", told, re.MULTILINE)
    by_file = Counter(file for file, _ in broken)
    for path, times in by_file.most_common():
        print(f"{times:5}  {path}")
        for _, name in sorted(one for one in broken if one[0] == path):
            print(f"         {name}")
    print(told.splitlines()[-1] if told else "nothing ran")
    print(f"{by_file.total()} tests in {len(by_file)} files break; at most 20 should")


def _moved(text: str) -> str:
    """Move the number of the rule; not what its citations say."""
    lines = text.splitlines(keepends=True)
    begin = next(n for n, line in enumerate(lines) if line.strip() == f"{RULE}:")
    where = next(
        n for n, line in enumerate(lines) if n > begin and BEFORE in line and "where" not in line
    )
    lines[where] = lines[where].replace(BEFORE, AFTER)
    return "".join(lines)
