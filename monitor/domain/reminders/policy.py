"""A site's policy: who is told what, when, how often. Read from TOML by `monitor/policy`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from monitor.domain.outcome import Role, Severity
from monitor.domain.reminders.translation import IN_ENGLISH, Translation

_A_NIGHT_APART = timedelta(hours=26)  # two passes of a day each, also where the clocks change


class Stage(StrEnum):
    """Why a reminder is owed now; checks go through the first four.

    The values are the words of the contract. It has one for both reasons to tell more people:
    nobody did or acknowledged it, or somebody was not reached, and another stands in.
    """

    AHEAD = "ahead"
    DUE = "due"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    STOOD_IN = "escalated"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """Who is told at a stage, and how often."""

    roles: tuple[Role, ...]
    repeat_days: int | None = None  # None: told once
    acknowledgement_quiets_days: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class WarningTelling(Telling):
    """The same for warnings of one severity."""

    escalate_after_hours: int | None = None  # without an acknowledgement; None: never


@dataclass(frozen=True, kw_only=True, slots=True)
class Backup:
    """How often `run` backs the database up, and how many backups it keeps."""

    every_hours: int  # 0: never
    keep: int
    folder: str = ""  # empty: `backups` beside the database


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteWords:
    """What a site adds to messages: who writes, whom to call, and its patients' languages."""

    clinic: str = ""  # on private channels only
    telephone: str = ""  # on private channels only
    neutral_line: str = ""  # on the others: a telephone line that tells nothing of anybody
    files: Mapping[str, str] = field(default_factory=dict)  # by language
    languages: Mapping[str, Translation] = field(default_factory=dict)  # what stands in these

    def for_patient(self, language: str | None) -> Translation:
        """Choose a patient's words: of the language, else of the language whatever the country."""
        wanted = (language or "").casefold()
        by_code = {code.casefold(): found for code, found in self.languages.items()}
        return by_code.get(wanted) or by_code.get(wanted.partition("-")[0], IN_ENGLISH)


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What a site decides about telling people."""

    send_at: time  # local, in the recipient's zone
    quiet_from: time  # local; routine messages wait from here until `send_at`
    lead_days: Mapping[str, int]  # by rule, or by kind of rule, where it is not the rule's own
    escalate_after_days: int  # that a check is overdue
    stages: Mapping[Stage, Telling]  # ahead, due, overdue, escalated
    warnings: Mapping[Severity, WarningTelling]
    backup: Backup
    undelivered_after_minutes: int = 10  # an urgent message is then owed to the next role as well
    ping_url: str = ""  # called after each full pass
    relays: Mapping[str, str] = field(default_factory=dict)  # ways out that contacts may name
    words: SiteWords = SiteWords()
    digest: str = ""  # of the file's text: a change is noticed

    def lead(self, rule: str, kind: str, own: int) -> int:
        """Say how many days before it is due people hear of a check: by rule, kind, its own."""
        return self.lead_days.get(rule, self.lead_days.get(kind, own))

    def routine_day(self, now: datetime, zone: ZoneInfo) -> date | None:
        """Give the local day whose message may go out now; None in the quiet hours.

        Local time is compared, never computed: the hour that a clock change leaves out is
        passed at once, and the one that comes twice belongs to one day.
        """
        local = now.astimezone(zone)
        return local.date() if self.send_at <= local.time() < self.quiet_from else None

    def next_sending(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Find the next moment (UTC) from which routine messages go out; now, if they do."""
        local = now.astimezone(zone)
        if self.routine_day(now, zone) is not None:
            return now
        day = local.date() if local.time() < self.send_at else local.date() + timedelta(days=1)
        coming = self.sending_moment(day, zone)
        if coming > now:
            return coming
        # The clock was put back past `send_at`: it comes a second time.
        return datetime.combine(day, self.send_at.replace(fold=1), zone).astimezone(UTC)

    def missed_day(self, last: datetime, now: datetime, zone: ZoneInfo) -> date | None:
        """Give the local day whose hours went by without a pass between two at night, or None.

        The passes are a night apart: after a longer outage that ends at night the morning comes.
        """
        if any(self.routine_day(moment, zone) is not None for moment in (last, now)):
            return None
        opened = self.last_opening(now, zone)
        is_missed = now - _A_NIGHT_APART <= last < opened
        return opened.astimezone(zone).date() if is_missed else None

    def last_opening(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Find the moment (UTC) at which the hours of sending began last."""
        today = now.astimezone(zone).date()
        opened = self.sending_moment(today, zone)
        return opened if opened <= now else self.sending_moment(today - timedelta(days=1), zone)

    def sending_moment(self, day: date, zone: ZoneInfo) -> datetime:
        """Give the moment (UTC) at which a day's routine messages go out in a zone."""
        return datetime.combine(day, self.send_at, zone).astimezone(UTC)
