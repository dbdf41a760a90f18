"""Which mutants does the type checker refuse? They could not be committed, and are not run."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutation import mutants

SWITCH = """
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
MutantDict = dict[str, Callable[..., Any]]


def switched(mutants: MutantDict, *, is_classmethod: bool = False) -> Callable[[F], F]:
    raise NotImplementedError
"""
IMPORT = "from monitor.domain.switch import switched as _mutmut_mutated, MutantDict"
# These speak of the form of a mutant, or of how all of them are written, not of what it does.
FORMAL = {"redundant-expr", "truthy-bool", "unused-ignore", "no-redef", "has-type", "var-annotated"}
ERROR = re.compile(r"^monitor/domain/(\w+)\.py:(\d+): error:.*\[([a-z-]+)\]$", re.MULTILINE)


def refused(root: Path) -> set[str]:
    """Check all mutants at once; gives the keys of those in which mypy finds an error.

    What is wrong in the copy of the function as it is, is no fault of a mutant.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(root / "monitor", folder / "monitor")
        shutil.copy(root / "pyproject.toml", folder)
        domain = folder / "monitor" / "domain"
        spans = {}
        for path in sorted(domain.glob("*.py")):
            made = mutants.mutated(path, path.read_text(encoding="utf-8"))
            path.write_text(mutants.THEIR_SWITCH.sub(IMPORT, made.code), encoding="utf-8")
            spans[path.stem] = made.line_span_by_function_name
        (domain / "switch.py").write_text(SWITCH, encoding="utf-8")
        told = subprocess.run(
            [sys.executable, "-m", "mypy", "--no-incremental", "monitor/domain"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    found = set()
    for module, line, code in ERROR.findall(told.stdout):
        if code in FORMAL or module not in spans:
            continue
        for function, span in spans[module].items():
            if span.start <= int(line) <= span.end:
                found.add(f"{mutants.DOMAIN}.{module}:{function}")
    faulty = {key.removesuffix("orig") for key in found if key.endswith("__mutmut_orig")}
    return {key for key in found if key.rpartition("__mutmut_")[0] + "__mutmut_" not in faulty}


if __name__ == "__main__":
    sys.stdout.write("\n".join(sorted(refused(Path.cwd()))) + "\n")
