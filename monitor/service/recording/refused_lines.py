"""What is wrong with the lines of a file, and what they would say if they are right."""

from collections.abc import Sequence

from monitor.errors import Refused
from monitor.service.recording.raised import Read

MOST_FAULTS = 50  # of one file that are listed
_MOST_NUMBERS = 20  # of lines, in one sentence


class RefusedLines(Refused):
    """Lines of a file cannot be accepted; `faults` holds their numbers and what is wrong.

    `unsaid` are the urgent warnings that these lines would raise, if they are right; of those
    that are `unjudged` nobody can say.
    """

    def __init__(
        self,
        words: str,
        faults: Sequence[tuple[int, str]],
        unsaid: Sequence[str],
        unjudged: Sequence[int],
    ) -> None:
        super().__init__(words)
        self.faults = faults
        self.unsaid = unsaid
        self.unjudged = unjudged


class Faults:
    """What is wrong with a file, line by line."""

    def __init__(self, name: str, most: int, *, mark: str = ":") -> None:
        self._name = name
        self._mark = mark  # between the number of a line and what is wrong with it
        self._most = most
        self._found: list[tuple[int, str]] = []
        self.unsaid: list[str] = []
        self.unjudged: list[int] = []  # lines of which nobody can say what they would raise
        self.meant: dict[str, list[Read]] = {}  # by patient: what faulty lines seem to mean
        self.unfounded: set[str] = set()  # patients of whom a line that others lean on is faulty
        self.contradicted: set[str] = set()  # patients of whom lines contradict each other

    @property
    def found(self) -> bool:
        """Say whether there is any."""
        return bool(self._found)

    @property
    def too_many(self) -> bool:
        """Say whether there are so many that the rest is not judged."""
        return len(self._found) > self._most

    def add(self, number: int, words: str) -> None:
        """Say what is wrong with a line."""
        self._found.append((number, words))

    def refuse(self, raised: Sequence[str] = ()) -> None:
        """Raise Refused with every fault, if there is any, and what else the file would say."""
        if not self._found:
            return
        told = [
            f"{self._name}:{number}{self._mark} {words}"
            for number, words in sorted(self._found)[:MOST_FAULTS]
        ]
        told += ["… and more; the rest was not checked"] if len(self._found) > MOST_FAULTS else []
        if raised:
            told += ["nothing is stored; the valid lines would have raised:", *raised]
        if self.unsaid:
            told += ["nothing is stored; if the lines above are right they raise:", *self.unsaid]
        told += unjudged_in_words(self.unjudged)
        raise RefusedLines("\n".join(told), self._found, self.unsaid, self.unjudged)


def unjudged_in_words(numbers: Sequence[int]) -> list[str]:
    """Say of which lines nobody can say whether they are urgent; nothing where there are none."""
    shown = sorted(numbers)[:_MOST_NUMBERS]
    if not shown:
        return []
    more = len(numbers) - len(shown)
    which = ", ".join(map(str, shown)) + (f" and {more} more" if more else "")
    return [f"cannot tell whether these are urgent; look at them first: line {which}"]
