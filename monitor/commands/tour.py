"""The tour that `demo` takes: a story told by typing commands and showing what they answer.

The commands stand in `tour.txt`, one a line, with what each shows; the facts of the story are
in `tour.jsonl` beside it, so that no drug's name stands in code.
"""

import shlex
import tempfile
from pathlib import Path

from monitor.commands.render import say
from monitor.errors import OutsideError

_HERE = Path(__file__).parent


def tour() -> None:
    """Run every command of the story on a database that is thrown away afterwards."""
    from monitor.bootstrap import open_database
    from monitor.commands import main

    with tempfile.TemporaryDirectory(prefix="monitor-demo-") as folder:
        database = f"sqlite:///{folder}/demo.db"
        open_database(database).dispose()
        for line in (_HERE / "tour.txt").read_text(encoding="utf-8").splitlines():
            if not line.startswith("$ "):
                say(line)
                continue
            say(line)
            arguments = shlex.split(line.removeprefix("$ monitor "))
            arguments = [str(_HERE / a) if a == "tour.jsonl" else a for a in arguments]
            code = main([*arguments, *(() if "protocol" in arguments[:1] else ("--db", database))])
            if code > 1:
                raise OutsideError("the demo stopped at the command above")
            if code:
                say(f"(exit code {code})")
            say()
    say("The database of this demo has been thrown away.")
