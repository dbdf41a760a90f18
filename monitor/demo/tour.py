"""The tour that `demo` takes: a story told by typing commands and showing what they answer.

The commands stand in `tour.txt`, one a line, with what each shows; the facts of the story are
in `tour.jsonl` beside it, so that no drug's name stands in code.
"""

import shlex
from collections.abc import Callable
from pathlib import Path

from monitor.errors import OutsideError

_HERE = Path(__file__).parent


def tour(database: str, *, run: Callable[[list[str]], int], say: Callable[[str], None]) -> None:
    """Tell the story on an empty database; `run` takes a command and gives its exit code."""
    for line in (_HERE / "tour.txt").read_text(encoding="utf-8").splitlines():
        say(line)
        if not line.startswith("$ "):
            continue
        arguments = shlex.split(line.removeprefix("$ monitor "))
        arguments = [str(_HERE / a) if a == "tour.jsonl" else a for a in arguments]
        code = run([*arguments, *(() if "protocol" in arguments[:1] else ("--db", database))])
        if code > 1:
            raise OutsideError("the demo stopped at the command above")
        if code:
            say(f"(exit code {code})")
        say("")
