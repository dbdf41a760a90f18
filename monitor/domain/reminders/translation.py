"""What is said to patients: the English of it, and a site's own words for another language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter

# By key: what a patient may read. A site's file says the same, with the same places.
ENGLISH: Mapping[str, str] = {
    "routine": "A scheduled check is due.",
    "urgent": "Please call your clinic today.",
    "emergency": "Call your clinic or the emergency number now.",
    "over": "An earlier message, Ref {ref}, no longer applies.",
    "part_over": "Part of an earlier message, Ref {ref}, no longer applies.",
    "also": "One test does this too: {what}, due {day}.",
    "due": "{what}, due {day}.",
    "overdue": "{what}, due {day}, overdue since {since}; reminders continue until {until}.",
    "earlier": "And {many} earlier of the same kind.",
    "again": "This is reminder {many} about it.",
    "delayed": "This message is delayed {many} days.",
    "delayed_one": "This message is delayed 1 day.",
    "clinic": "From {clinic}.",
    "telephone": "Your clinic's telephone: {telephone}.",
    "reference": "If you call your clinic, give this reference: {ref}.",
}
# These may leave on any channel; the others are for private ones.
FIXED = ("routine", "urgent", "emergency", "over", "part_over")
_DAY = r"\d{4}-\d{2}-\d{2}"
_GROUPS = {"day": _DAY, "since": _DAY, "many": r"\d+", "ref": r"\w+"}


def places(template: str) -> set[str]:
    """Name the places of a text; raises ValueError where a brace is no place."""
    found = set()
    for _, name, shape, conversion in Formatter().parse(template):
        if name is not None:
            if shape or conversion or not name.isidentifier():
                raise ValueError("in braces stands a place's name, nothing else")
            found.add(name)
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Translation:
    """A site's words for one language; what it leaves out is English."""

    said: Mapping[str, str] = field(default_factory=dict)  # by the keys above
    texts: Mapping[str, str] = field(default_factory=dict)  # by the protocols' own English

    def say(self, key: str, **values: str) -> str:
        """Say what stands under a key."""
        return self.said.get(key, ENGLISH[key]).format(**values)

    def in_words(self, text: str) -> str:
        """Translate a text line by line; a line that is not known stays as it is."""
        return "\n".join(map(self._line, text.split("\n")))

    def _line(self, line: str) -> str:
        if line in self.texts:
            return self.texts[line]
        for key, shape in _SHAPES.items():
            found = shape.fullmatch(line)
            if found is not None:
                values = {name: self.texts.get(v, v) for name, v in found.groupdict().items()}
                return self.say(key, **values)
        return line


def _shape(template: str) -> re.Pattern[str]:
    def group(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{_GROUPS.get(found[1], '.+')})"

    return re.compile(re.sub(r"\\{(\w+)\\}", group, re.escape(template)))


_SHAPES = {key: _shape(template) for key, template in ENGLISH.items()}
IN_ENGLISH = Translation()
