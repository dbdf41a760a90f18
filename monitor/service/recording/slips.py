"""The lines that `result log` brings: one result, or those of a slip, which are stored together."""

from collections.abc import Mapping, Sequence

from monitor.domain.facts import Kind
from monitor.errors import BadOption, Refused
from monitor.service.input import slip, text_fields
from monitor.service.input.slip import Typed
from monitor.service.recording.input_lines import line_of
from monitor.service.recording.lines.base import Line

_OF_ONE = ("uln", "lln", "method")


def read(
    words: Sequence[str], site: Mapping[str, str], said: Mapping[str, object]
) -> tuple[list[Line], list[Typed]]:
    """Read CODE VALUE UNIT, or a slip, into lines; `said` is what options say of all of them.

    Raises Refused with every fault.
    """
    if not slip.is_slip(words):
        typed = slip.read_one(words, site)
        return [_line(typed, said)], [typed]
    for key in _OF_ONE:
        if said.get(key) is not None:
            why = "in a slip alt=28/40 says the upper limit 40" if key == "uln" else "of one result"
            raise BadOption(f"--{key}", f"{why}; log a result with more to it by itself")
    results: list[Typed] = []
    lines, faults = [], []
    for word in words:
        try:
            one = slip.read_word(word, site)
            lines.append(_line(one, said))
            if any(one.code == other.code for other in results):
                raise Refused(f"{one.code} stands twice; keep one")
            results.append(one)
        except Refused as fault:
            about = text_fields.printable(word.partition("=")[0])
            faults.append(f"{about}: {fault}")
    if faults:
        raise Refused("\n".join(faults))
    return lines, results


def units_words(results: Sequence[Typed], file: object) -> str | None:
    """Say which units the site's settings gave; None where all were typed."""
    given = [f"{one.code} in {one.unit}" for one in results if one.by_site]
    return f"units of {file}: {', '.join(given)}" if given else None


def _line(typed: Typed, said: Mapping[str, object]) -> Line:
    own = {"code": typed.code, "value": typed.value, "unit": typed.unit}
    limit = {"uln": typed.uln} if typed.uln is not None else {}
    return line_of(Kind.RESULT, **{**said, **own, **limit})
