"""Every exception raised on purpose; the class says whose turn it is.

The first docstring line is the meaning; the message given when raising names what is wrong
and what would be right. Only `commands` turns these into exit codes.
"""

from collections.abc import Iterable


class MonitorError(Exception):
    """Something this program refuses or cannot do."""


class Refused(MonitorError):
    """The caller asked for something that cannot be accepted; nothing was stored."""


class BadOption(Refused):
    """An option, or a field of a line, cannot be used as it was written."""

    def __init__(self, option: str, why: object) -> None:
        super().__init__(f"{option}: {why}")


class NotOneOf(BadOption):
    """An option or field takes one of a few words, and this is none of them."""

    def __init__(self, option: str, word: str, known: Iterable[str]) -> None:
        super().__init__(option, f"'{word}' is not one of {', '.join(known)}")


class OutOfRange(BadOption):
    """An option takes a number within limits, and this is outside."""

    def __init__(self, option: str, value: object, least: object, most: object) -> None:
        super().__init__(option, f"'{value}' must be between {least} and {most}")


class NotSaid(Refused):
    """Something is missing, or could mean several things; nothing was done."""


class BadFile(Refused):
    """A file is not what it should be, or is there already."""


class NoFile(Refused):
    """A file that was named is not there, or is a folder."""


class Unconfirmed(Refused):
    """The input is implausible and must be confirmed to be stored."""


class LeftOut(Refused):
    """A channel's address is none that its service takes; another one may be."""


class Several(Refused):
    """A channel names several addresses; a contact has one."""


class NotFound(Refused):
    """The patient, course, rule or fact that was named is not on record."""


class ProtocolError(MonitorError):
    """A protocol file is badly written: every fault found, each with its line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class PolicyError(MonitorError):
    """The site's policy file is badly written: every fault found, each with its key."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class OutsideError(MonitorError):
    """The database, the disk or the network did not do what was asked."""


class DamagedRecord(OutsideError):
    """The chain of a patient's facts is broken; nothing of it is used for an answer."""


class SchemaError(OutsideError):
    """The database has another schema than this program."""
