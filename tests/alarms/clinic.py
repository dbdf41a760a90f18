"""Lives of invented patients, from fact to fact: the clinic does what the program asks for.

Whatever check is open is done by results of that day, so that a new protocol needs no word here.
Urgent messages to the staff are acknowledged.
"""

import heapq
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from monitor import policy
from monitor.demo.chances import courses
from monitor.domain.corrections import Recorded
from monitor.domain.facts import Infusion, Result
from monitor.domain.outcome import CheckState, Role
from monitor.domain.reminders.audience import Recipient
from monitor.domain.reminders.message import Via
from monitor.domain.rules.question import Proposal
from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.recording.admission import Admission
from monitor.service.recording.input_lines import COMMANDED, parse_line
from monitor.service.reminding.recipients import _address
from monitor.store.appender import Draft
from tests.alarms.memory import Memory
from tests.alarms.values import KEPT, SYMPTOMS, Keeping, measured

END = date(2026, 11, 1)
BEGINS_WITHIN = 90  # days: everybody is treated for almost the whole time
NOON = time(12, tzinfo=UTC)
A_WARD = 40  # patients of one nurse, one prescriber, one pharmacist
LOWEST = range(7, 15)  # days after a dose on which counts are low, whatever a protocol asks
HEARD = timedelta(minutes=30)  # until the staff says that it has seen what is urgent
STAFF = (Role.NURSE, Role.PRESCRIBER, Role.PHARMACIST)
POLICY = policy.load(None)


@dataclass(kw_only=True)
class Life:
    """A patient of the invented clinic, lived through; what is to happen stands in the agenda."""

    number: int
    years: int
    keeping: Keeping
    named: str | None = None  # the protocol that everybody has; None: as clinics have them
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(1_000_003 + self.number)
        some = [course for course in courses() if self.named in (None, course["protocol"])]
        (self.course,) = self.chance.choices(some, [c.get("share", 1) for c in some])
        self.id = f"A-{self.number:05d}"
        self.start = END - timedelta(days=365 * self.years - self.chance.randint(0, BEGINS_WITHIN))
        begun = datetime.combine(self.start, NOON)
        self.memory = Memory(reachable=[self._contact(role) for role in (Role.PATIENT, *STAFF)])
        self.admission = Admission(self.id, [], now=begun)
        self.agenda: list[tuple[datetime, int, str, Any]] = []
        self.seen: set[tuple[str, int, int, date]] = set()
        self.acknowledged: set[tuple[tuple[str, str, int, int], date]] = set()
        self.warned: set[tuple[str, str, str, int]] = set()
        self.looked: list[datetime] = []
        self.measured: set[tuple[str, date]] = set()
        self.done = self.rounds = self.postponed = 0
        self.later(begun, "register")

    def _contact(self, role: Role) -> Recipient:
        name = self.id if role is Role.PATIENT else f"{role} {self.number // A_WARD}"
        via = (Via(url="console:", is_private=True),)
        zone = ZoneInfo("Europe/London")
        address = _address(role, name, via, self.id, zone)
        return Recipient(
            role=role, name=name, zone=zone, is_private=True, address=address, channels=via
        )

    def later(self, at: datetime | date, what: str, detail: Any = None) -> None:
        """Put something into the agenda."""
        moment = at if isinstance(at, datetime) else datetime.combine(at, NOON)
        self.done += 1
        heapq.heappush(self.agenda, (moment, self.done, what, detail))

    def live(self, *, until: date = END) -> None:
        """Go from fact to fact, and from look to look, until the end."""
        end = datetime.combine(until, NOON)
        while True:
            ahead = [self.agenda[0][0]] if self.agenda else []
            ahead += [self.memory.again] if self.memory.again else []
            now = min(ahead)
            if now > end:
                return
            while self.agenda and self.agenda[0][0] <= now:
                _, _, what, detail = heapq.heappop(self.agenda)
                self.admission.now = now
                getattr(self, f"_{what}")(now.date(), detail)
            before = self.memory.again
            self.looked.append(now)
            self.memory.look(self.id, POLICY, now)
            if self.memory.again == before == now:
                raise AssertionError(f"{self.id} is looked at for ever on {now}")
            self._take_up(now)

    # what the program brings in place of the store

    def add(self, who: str, draft: Draft) -> Recorded:
        """Append a fact to the record, as an appender does."""
        return Recorded(
            event=len(self.memory.rows) + 1, patient=who, kind=draft.kind, on=draft.on,
            recorded_at=self.admission.now, by=draft.by, corrects=draft.corrects,
            sender_id=draft.sender_id, body=draft.body, position=len(self.memory.rows) + 1,
        )  # fmt: skip

    def _record(self, **line: Any) -> None:
        who = {"id" if line["kind"] == "patient" else "patient": self.id}
        read = parse_line({"confirm": True, **who, **line}, COMMANDED)
        try:
            for draft in self.admission.admit(read, skip_equal=False):
                row = self.add(self.id, draft)
                self.memory.rows.append(row)
                self.admission.added(row)
        except Refused as fault:
            self.counts[f"refused {line['kind']}: {str(fault)[:70]}"] += 1

    def _case(self) -> cases.Case:
        return self.memory.case_at(self.id, self.admission.now)

    # what happens

    def _register(self, day: date, _: Any) -> None:
        sex = self.chance.choice(("female", "male"))
        about = {"kind": "patient", "sex": sex, "born": "1984-05-05"}
        self._record(**about, can_conceive=sex == "female", timezone="Europe/London")
        course = {"protocol": self.course["protocol"], "facts": self.course["facts"]}
        self._record(kind="course", on=day.isoformat(), **course)
        first = day + timedelta(days=21)
        if "daily" in self.course:
            self.later(first - timedelta(days=2), "test", (["leucocytes", "neutrophils"], False))
            self.later(first, "dose", 0)
        else:
            self._book(first)
        for _ in range(int(self.keeping.symptoms * self.years + self.chance.random())):
            self.later(day + timedelta(days=self.chance.randint(30, 365 * self.years)), "symptom")

    def _book(self, on: date) -> None:
        self._record(kind="plan", on=on.isoformat())
        self.later(on - timedelta(days=1), "test", (["height", "weight"], False))
        self.later(on, "infusion")

    def _infusion(self, day: date, _: Any) -> None:
        dose = self.course["dose"]
        gate = cases.ask_gate(self._case(), on=day, proposal=Proposal(mg=Decimal(dose["dose_mg"])))
        self.counts[f"gate {gate.verdict}"] += 1
        if gate.verdict in ("hold", "stop"):
            self.postponed += 1
            if gate.verdict == "stop" or self.postponed > 4:
                self._end(day)
            else:
                self._book(day + timedelta(days=7))
            return
        self.postponed = 0
        rounds = self.course["rounds"]
        offsets = rounds[min(self.rounds, len(rounds) - 1)]
        self.rounds += 1
        for offset in offsets:
            self.later(day + timedelta(days=offset), "give", dose)
        self.later(day + timedelta(days=offsets[-1] + 1), "after")

    def _give(self, day: date, dose: dict[str, str]) -> None:
        self._record(kind="infusion", on=day.isoformat(), **dose)

    def _after(self, day: date, _: Any) -> None:
        if self.rounds >= self.course["most_rounds"]:
            self._end(day)
        else:
            least = self.course["apart"][0]
            self._book(day + timedelta(days=max(least, 91 if least > 80 else 0)))

    def _dose(self, day: date, number: int) -> None:
        step = self.course["daily"][number]
        action = "change" if number else "start"
        self._record(kind="dose", on=day.isoformat(), action=action, dose_mg=step["dose_mg"])
        if number + 1 < len(self.course["daily"]):
            after = self.course["daily"][number + 1]["after"] - step["after"]
            self.later(day + timedelta(days=after), "dose", number + 1)

    def _end(self, day: date) -> None:
        self._record(kind="course_end", on=day.isoformat(), reason="all of it was given")

    def _symptom(self, day: date, _: Any) -> None:
        at = datetime.combine(day, time(9, 30, tzinfo=UTC)).isoformat()
        self._record(kind="symptom", at=at, **self.chance.choice(SYMPTOMS))

    def _test(self, day: date, what: tuple[list[str], bool]) -> None:
        for code in what[0]:
            if (code, day) in self.measured:  # for another check
                continue
            self.measured.add((code, day))
            value = measured(code, is_nadir=what[1], keeping=self.keeping, chance=self.chance)
            self._record(kind="result", on=day.isoformat(), code=code, **value)

    def _acknowledge(self, day: date, matter: tuple[str, str, int, int]) -> None:
        drug, rule, occurrence, anchor = matter
        line = {"rule": rule, "occurrence": str(occurrence), "anchor": str(anchor), "by": "nurse"}
        self._record(
            kind="acknowledgement", on=day.isoformat(), **line, **({"drug": drug} if drug else {})
        )

    # what the clinic sees

    def _take_up(self, now: datetime) -> None:
        """Take up every check that opens within the week, and acknowledge what is urgent."""
        day = now.date()
        for followed, assessment in self.memory.assessed:
            drug = followed.timeline.drug
            by_digest = {one.digest: one for one in followed.protocols.values()}
            for check in assessment.checks:
                key = (check.rule, check.occurrence, check.anchor.identity, check.due)
                if check.state not in (CheckState.AHEAD, CheckState.OPEN, CheckState.OVERDUE):
                    continue
                if key in self.seen or check.opens > day + timedelta(days=7):
                    continue
                codes = self._codes(check, by_digest)
                if codes:
                    self.seen.add(key)
                    self._plan_test(check, codes, now)
            for warning in assessment.warnings:
                self.warned.add((drug, warning.rule, str(warning.severity), warning.anchor.event))
        for one in self.memory.stored():
            it = one.subject
            matter = (it.drug, it.rule, it.occurrence, it.anchor)
            if one.urgency == "routine" or one.role == "patient" or one.retracts:
                continue
            told_on = one.queued_at.date()
            if one.state == "sent" and (matter, told_on) not in self.acknowledged:
                self.acknowledged.add((matter, told_on))
                is_late = self.chance.random() < self.keeping.unheard
                heard = timedelta(days=1) if is_late else HEARD
                self.later(now + heard, "acknowledge", matter)

    def _plan_test(self, check: Any, codes: list[str], now: datetime) -> None:
        """Choose the day; after a gate that held everybody is careful."""
        day = now.date() + timedelta(days=now.time() >= NOON.replace(tzinfo=None))
        on = max(check.opens, check.due - timedelta(days=self.chance.randint(1, 3)), day)
        if self.postponed == 0 and self.chance.random() < self.keeping.forgotten:
            if self.chance.random() < self.keeping.forgotten:
                return
            on = max(check.overdue_after + timedelta(days=self.chance.randint(1, 14)), day)
        elif self.postponed == 0 and self.chance.random() < self.keeping.late:
            on += timedelta(days=self.chance.randint(4, 40))
        is_nadir = (
            isinstance(check.anchor, Infusion) and (check.due - check.anchor.on).days in LOWEST
        )
        self.later(on, "test", (codes, is_nadir))

    @staticmethod
    def _codes(check: Any, by_digest: Any) -> list[str]:
        protocol = by_digest.get(check.protocol)
        rules = protocol.rules() if protocol is not None else ()
        codes = next((r.codes for r in rules if r.name == check.rule), frozenset())
        if not codes and isinstance(check.anchor, Result):  # a value that is to be repeated
            return [check.anchor.code]
        return sorted(codes)


def lives(kept: str, numbers: range, years: int, named: str | None) -> Iterator[Life]:
    """Live through part of a clinic."""
    for number in numbers:
        life = Life(number=number, years=years, keeping=KEPT[kept], named=named)
        life.live()
        yield life
