"""The closed sets of answers: outcomes, states, verdicts, severities."""

from enum import StrEnum


class State(StrEnum):
    """How one requirement of the gate stands."""

    MET = "met"
    CAUTION = "caution"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """What the gate answers; ordered from mildest to gravest."""

    CLEAR = "clear"
    CAUTION = "caution"
    HOLD = "hold"
    STOP = "stop"

    @property
    def rank(self) -> int:
        """Give the gravity, 0 for clear."""
        return _VERDICT_RANK[self]


class Outcome(StrEnum):
    """What a protocol may say follows from a finding: a state and its verdict in one word."""

    MET = "met"
    CAUTION = "caution"
    UNKNOWN = "unknown"  # holds, because missing is never met
    HOLD = "hold"
    STOP = "stop"

    @property
    def state(self) -> State:
        """Give the requirement's state."""
        return _STATES[self]

    @property
    def verdict(self) -> Verdict:
        """Give the verdict that a requirement with this outcome contributes."""
        return _VERDICTS[self]

    @property
    def rank(self) -> int:
        """Give the gravity, 0 for met."""
        return _OUTCOME_RANK[self]


_VERDICT_RANK = {verdict: rank for rank, verdict in enumerate(Verdict)}
_OUTCOME_RANK = {outcome: rank for rank, outcome in enumerate(Outcome)}
_STATES = {
    Outcome.MET: State.MET,
    Outcome.CAUTION: State.CAUTION,
    Outcome.UNKNOWN: State.UNKNOWN,
    Outcome.HOLD: State.NOT_MET,
    Outcome.STOP: State.NOT_MET,
}
_VERDICTS = {
    Outcome.MET: Verdict.CLEAR,
    Outcome.CAUTION: Verdict.CAUTION,
    Outcome.UNKNOWN: Verdict.HOLD,
    Outcome.HOLD: Verdict.HOLD,
    Outcome.STOP: Verdict.STOP,
}


class CheckState(StrEnum):
    """How one check stands on a day."""

    AHEAD = "ahead"
    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"
    MISSED = "missed"
    WAIVED = "waived"


class Severity(StrEnum):
    """How soon a person must look at a warning; ordered from mildest to gravest."""

    INFO = "info"
    CAUTION = "caution"
    URGENT = "urgent"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        """Give the gravity, 0 for info."""
        return _SEVERITY_RANK[self]


_SEVERITY_RANK = {severity: rank for rank, severity in enumerate(Severity)}


class Role(StrEnum):
    """Who can be told."""

    PATIENT = "patient"
    NURSE = "nurse"
    PRESCRIBER = "prescriber"
    PHARMACIST = "pharmacist"
    OPERATOR = "operator"


class Urgency(StrEnum):
    """How soon a message must arrive; the two graver kinds go out at once."""

    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"


# The severities whose warnings do not wait for the message of the day.
URGENCIES = {Severity.EMERGENCY: Urgency.EMERGENCY, Severity.URGENT: Urgency.URGENT}
