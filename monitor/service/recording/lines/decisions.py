"""Lines about decisions: a waiver, an acknowledgement."""

from typing import Literal

from monitor.domain.facts import Kind
from monitor.service.recording.lines.base import Dated, Number, Text


class _OfAnOccurrence(Dated):
    """A line about one occurrence of a rule."""

    rule: Text
    occurrence: Number
    anchor: Number
    drug: Text = ""  # of the watch of every patient: none


class WaiverLine(_OfAnOccurrence):
    """A person decides not to ask for one occurrence."""

    kind = Kind.WAIVER
    instead = "retract it and waive again"
    another = "; another decision has another reason, or another day"
    once = None

    reason: Text


class AcknowledgementLine(_OfAnOccurrence):
    """A person has seen a reminder or warning."""

    kind = Kind.ACKNOWLEDGEMENT
    is_repeatable = True
    instead = "retract it and acknowledge again"

    note: Text | None = None
    role: Literal["patient"] | None = None  # it answers the patient's own message
    severity: Literal["urgent", "emergency"] | None = None  # of the warning that was seen
