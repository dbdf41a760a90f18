"""A slip: the results of one sample as they are typed at a bedside, `neut=3.2 alt=28/40`.

A unit that is left out is the one in which this site writes the code, where its file of settings
says so; else it must be typed: 13.1 may be g/dL, 131 may be g/L.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor import protocols
from monitor.domain.catalogue import ResultCode
from monitor.errors import BadFile, BadOption, Refused
from monitor.service.input import names, text_fields

_NUMBER_AHEAD = re.compile(r"[<>]?=? ?[0-9.,]+")
_ULN = re.compile(r"(.*)/([0-9]+(?:\.[0-9]+)?)", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """One result as it was typed; what was left out is None."""

    code: str
    value: str | None = None
    unit: str | None = None
    uln: str | None = None
    by_site: bool = False  # the unit is the site's


def is_slip(words: Sequence[str]) -> bool:
    """Say whether several results are meant, not CODE VALUE UNIT: a value may hold `<=`."""
    return "=" in words[0]


def read_word(word: str, site: Mapping[str, str]) -> Typed:
    """Read `code=value[:unit][/uln]`; the uln follows the last `/`, where that is a number."""
    name, is_one, rest = word.partition("=")
    if not is_one or not name.strip():
        shown = text_fields.printable(word)
        raise Refused(f"'{shown}' is no result of a slip; write for instance neut=3.2 alt=28/40")
    with_limit = _ULN.fullmatch(rest)
    rest, uln = with_limit.groups() if with_limit else (rest, None)
    value, _, unit = rest.partition(":")
    if (early := _ULN.fullmatch(value)) and unit and uln is None:
        right = text_fields.printable(f"{name}={early[1]}:{unit}/{early[2]}")
        raise BadOption("value", f'the limit goes last; write "{right}"')
    typed = Typed(
        code=names.result(name.strip()),
        value=value.strip() or None,
        unit=unit.strip() or None,
        uln=uln,
    )
    return _with_unit(typed, site)


def read_one(words: Sequence[str], site: Mapping[str, str]) -> Typed:
    """Read CODE VALUE UNIT, of which the last two may be missing."""
    if len(words) > 3:
        shown = text_fields.printable(words[3])
        raise Refused(f"'{shown}' is one word too many; write several as neut=3.2 alt=28/40")
    code, value, unit = [*words, None, None][:3]
    return _of_site(
        Typed(code=names.result(str(code).strip()), value=value, unit=unit or None), site
    )


def _with_unit(typed: Typed, site: Mapping[str, str]) -> Typed:
    """Take the unit of the site where none was typed; raises Refused where it names none."""
    typed = _of_site(typed, site)
    code = protocols.catalogue().results.get(typed.code)
    if code is None or not code.units or typed.unit:
        return typed
    if typed.value is None or text_fields.is_word(typed.value):
        return typed  # the line says what is wrong, if anything is
    # A unit that hangs on the number goes behind a colon: 55:%.
    value = _NUMBER_AHEAD.match(typed.value)
    shown = value.group() if value else typed.value
    limit = f"/{typed.uln}" if typed.uln else ""
    raise BadOption(
        "unit",
        f'missing; write "{code.name}={shown}:{code.unit}{limit}", or name the unit of this '
        f'site in config.toml: [units] {code.name} = "{code.unit}"',
    )


def _of_site(typed: Typed, site: Mapping[str, str]) -> Typed:
    code = protocols.catalogue().results.get(typed.code)
    if code is None or typed.unit or not typed.value:
        return typed
    unit = site_unit(code, site)
    return typed if unit is None else replace(typed, unit=unit, by_site=True)


def site_unit(code: ResultCode, site: Mapping[str, str]) -> str | None:
    """Give the unit in which a site writes a code; raises BadFile where it can be none of these."""
    own = {name: text for name, text in site.items() if names.result(name) == code.name}
    for words in site_faults(own):
        raise BadFile(f"config.toml: {words}; see: monitor config show")
    return names.unit(next(iter(own.values()))) if own else None


def site_faults(site: Mapping[str, str]) -> Iterator[str]:
    """Find what the file of settings says of units that cannot be."""
    results, named = protocols.catalogue().results, Counter(map(names.result, site))
    for name, text in site.items():
        code = results.get(names.result(name))
        if code is None:
            shown = text_fields.printable(name)
            yield f"[units] {shown}: no such code; {text_fields.suggestion(shown, results)}"
        elif names.unit(text) not in code.accepted:
            allowed, shown = " or ".join(code.accepted) or "no unit", text_fields.printable(text)
            yield f"[units] {name}: {code.name} takes {allowed}, not '{shown}'"
        elif named[code.name] > 1:
            yield f"[units] {name}: {code.name} stands there twice; keep one"
