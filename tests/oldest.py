"""Write pip constraints: the oldest libraries that pyproject.toml promises to work with.

python3 tests/oldest.py > oldest.txt
"""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
_BOUND = re.compile(r"([\w-]+)(?:\[[\w,-]+\])?>=([\w.]+)(?:,<[\w.]+)?")


def oldest(text: str) -> dict[str, str]:
    """Find the oldest version of each library; raises ValueError where one is not bounded."""
    project = tomllib.loads(text)["project"]
    extras = project["optional-dependencies"]
    found = {}
    for asked in [*project["dependencies"], *extras["postgresql"], *extras["test"]]:
        bound = _BOUND.fullmatch(asked)
        if bound is None:
            raise ValueError(f"'{asked}' does not say from which version on")
        found[bound[1]] = bound[2]
    return found


if __name__ == "__main__":
    for name, version in oldest(PROJECT.read_text(encoding="utf-8")).items():
        sys.stdout.write(f"{name}=={version}\n")
