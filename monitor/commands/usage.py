"""What was typed wrongly, in one line: what is wrong, and what would be right."""

from collections.abc import Sequence

from typer.core import TyperGroup
from typer.exceptions import TyperException

# What the option parser says of numbers, in plain words.
_PLAINLY = {
    "Input should be a valid integer, unable to parse string as an integer": "write a whole number",
    "Input should be greater than or equal to 1": "write 1 or more",
}


def usage(fault: TyperException, program: TyperGroup, typed: Sequence[str]) -> str:
    """Say what is wrong with a command as it was typed."""
    path, inside = _command(program, typed)
    option = getattr(fault, "option_name", "")
    words = " ".join(fault.format_message().split())
    if inside and words.startswith(("Usage:", "Missing command")):
        words = f"which command? One of {', '.join(inside)}"
    elif option.startswith("-") and option[1:2].isdigit():
        words = f"'{option}' is an option that does not exist, and no number here is negative"
    for said, plainly in _PLAINLY.items():
        words = words.replace(said, plainly)
    words = words[:1].lower() + words[1:].rstrip(".")
    return words + (" Type" if words.endswith("?") else "; type") + f": {path} --help"


def _command(program: TyperGroup, typed: Sequence[str]) -> tuple[str, list[str]]:
    """Find the command that was meant, and the names of those inside it."""
    command, path = program, "monitor"
    for word in typed:
        inner = getattr(command, "commands", {}).get(word)
        if inner is None:
            break
        command, path = inner, f"{path} {word}"
    return path, list(getattr(command, "commands", {}))
