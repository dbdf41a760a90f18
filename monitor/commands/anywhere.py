"""Options that may be typed before the command as well as after it, as other programs take them."""

from collections.abc import Sequence
from typing import Any

from typer.core import TyperGroup

from monitor.commands import render

WITH_VALUE = ("--db", "--as-of", "--known-at")
_ALONE = ("--json",)
_NARROW = 52  # columns


class OptionsAnywhere(TyperGroup):
    """The program, as it is run and as shells complete it."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Read what was typed as if its options came last."""
        if (columns := render.columns()) is not None and columns < _NARROW:
            extra["terminal_width"] = columns - 1  # Click folds its help at 50 or more
        return super().make_context(info_name, behind_the_command(self, args), parent, **extra)


def behind_the_command(program: TyperGroup, typed: Sequence[str]) -> list[str]:
    """Move what was typed too early behind the words of the command; it judges its own options."""
    command: Any = program
    path: list[str] = []
    early: list[str] = []
    rest = list(typed)
    while rest and (inside := getattr(command, "commands", {})):
        name, is_joined, _ = rest[0].partition("=")
        if name in (*WITH_VALUE, *_ALONE):
            width = 2 if name in WITH_VALUE and not is_joined else 1
            early += rest[:width]
            rest = rest[width:]
        elif rest[0] in inside:
            path.append(rest.pop(0))
            command = inside[path[-1]]
        else:  # a misspelt command, which is said; or --help, before any command
            return [*path, *rest, *([] if rest[0].startswith("-") else early)]
    is_command = not getattr(command, "commands", {})
    return [*path, *early, *rest] if is_command else path
