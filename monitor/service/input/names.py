"""Codes and units as people and laboratories write them: each has one name in the record.

Only names are read here; no number changes. What nobody knows is left for the line to refuse.
"""

import re
from functools import cache

from monitor import protocols

_LITRE = re.compile(r"(?<=/)([mdu]?)l$")  # l and L are one; of other letters the case may matter
_MICRO = str.maketrans("\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}", "uu")


def result(code: str) -> str:
    """Give a result code its own name."""
    return _results().get(code.casefold(), code)


def symptom(code: str) -> str:
    """Give a symptom its own name."""
    return code.casefold() if code.casefold() in protocols.catalogue().symptoms else code


def unit(text: str) -> str:
    """Give a unit the spelling that it has in the catalogue.

    As it is written first: G/L counts in thousands of millions, g/L weighs.
    """
    plain, known = _LITRE.sub(r"\1L", text.translate(_MICRO)), _units()
    return known.get(plain) or known.get(plain.casefold()) or text


@cache
def _results() -> dict[str, str]:
    codes = protocols.catalogue().results.values()
    return {name.casefold(): code.name for code in codes for name in (code.name, *code.aliases)}


@cache
def _units() -> dict[str, str]:
    """Map every spelling, and every one without its case, to the unit that it means."""
    catalogue = protocols.catalogue()
    meant = {other: unit for unit, others in catalogue.spellings.items() for other in others}
    meant |= {unit: unit for code in catalogue.results.values() for unit in code.accepted}
    return {spelt.casefold(): unit for spelt, unit in meant.items()} | meant
