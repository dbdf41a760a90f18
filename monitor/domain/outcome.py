"""The closed sets of answers: outcomes, states, verdicts, severities."""

from enum import StrEnum


class State(StrEnum):
    """How one requirement of the gate stands."""

    MET = "met"
    CAUTION = "caution"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Ranked(StrEnum):
    """Words from the mildest to the gravest."""

    def __init__(self, _word: str) -> None:
        self.rank = len(type(self).__members__)  # an attribute: it is asked thousands of times


class Verdict(Ranked):
    """What the gate answers; ordered from mildest to gravest."""

    CLEAR = "clear"
    CAUTION = "caution"
    HOLD = "hold"
    STOP = "stop"


class Outcome(Ranked):
    """What a protocol may say follows from a finding: a state and its verdict in one word."""

    state: State  # of the requirement
    verdict: Verdict  # that a requirement with this outcome contributes

    MET = "met"
    CAUTION = "caution"
    UNKNOWN = "unknown"  # holds, because missing is never met
    HOLD = "hold"
    STOP = "stop"


class CheckState(StrEnum):
    """How one check stands on a day."""

    AHEAD = "ahead"
    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"
    MISSED = "missed"
    WAIVED = "waived"


class Severity(Ranked):
    """How soon a person must look at a warning; ordered from mildest to gravest."""

    INFO = "info"
    CAUTION = "caution"
    URGENT = "urgent"
    EMERGENCY = "emergency"


for _outcome, _state, _verdict in (
    (Outcome.MET, State.MET, Verdict.CLEAR),
    (Outcome.CAUTION, State.CAUTION, Verdict.CAUTION),
    (Outcome.UNKNOWN, State.UNKNOWN, Verdict.HOLD),
    (Outcome.HOLD, State.NOT_MET, Verdict.HOLD),
    (Outcome.STOP, State.NOT_MET, Verdict.STOP),
):
    _outcome.state, _outcome.verdict = _state, _verdict


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
