"""What was found, of which only the first are kept: there may be a hundred thousand."""

from collections.abc import Iterable

MOST = 100


class Found:
    """The first things that were found, and how many there are."""

    def __init__(self, first: Iterable[str] = (), *, more: int = 0) -> None:
        """Take what was found; `more`: how many there are that were not even read."""
        self.first: list[str] = []
        self.count = more
        self.add(first)

    def add(self, words: Iterable[str]) -> None:
        """Count all, and keep the first."""
        for one in words:
            if len(self.first) < MOST:
                self.first.append(one)
            self.count += 1

    def join(self, other: "Found") -> None:
        """Count what was found elsewhere too."""
        self.add(other.first)
        self.count += other.count - len(other.first)

    def lines(self, most: int = MOST) -> list[str]:
        """Give the first, and how many more there are."""
        shown = self.first[:most]
        more = self.count - len(shown)
        return [*shown, f"and {more} more"] if more else shown
