"""Histories as Hypothesis draws them: what happens to a patient, and when it becomes known.

Infusions come early, late, at equal distances, on month ends and leap days; results are fresh,
stale, missing, corrected, preliminary, in every accepted unit; symptoms lie at the edges of
days; facts are unknown, or learned late. Values lie around every limit.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from tests.oracle.clinic import NOW, Clinic
from tests.oracle.recorded import record
from tests.oracle.rolled import Dice
from tests.oracle.story import Story
from tests.oracle.values import DOSES, GAPS, SURFACES, TIDY_DOSE

ROLLED = 1200  # bytes; what lies beyond them is ordinary
ASKED = 120  # of them, for the questions


@dataclass(frozen=True)
class Ask:
    """One day's questions: as of it, for an infusion on another, with what was known."""

    as_of: date
    on: date
    known: datetime
    dose: dict[str, str]


@dataclass(frozen=True)
class History:
    """A record and what is asked about it."""

    clinic: Clinic
    asks: list[Ask]

    def __repr__(self) -> str:
        told = [f"  {t.seq} {t.at:%Y-%m-%d} {t.corrects or ''} {t.line}" for t in self.clinic.told]
        return "\n".join([f"{self.clinic.profile}:", *told, *(f"  ask {ask}" for ask in self.asks)])


def histories(profile: str, days: int) -> st.SearchStrategy[History]:
    """Draw a record under a profile, and so many days on which it is asked about."""
    rolled = st.binary(min_size=ROLLED, max_size=ROLLED)
    return rolled.map(lambda numbers: tell(profile, days, numbers))


def tell(profile: str, days: int, rolled: bytes) -> History:
    """Tell the history that stands in some bytes."""
    dice, asker = Dice(rolled[:-ASKED]), Dice(rolled[-ASKED:])
    story = Story(dice, profile)
    last = _happen(story)
    clinic = Clinic(profile)
    record(story, clinic, dice, last)
    asks = [_ask(story, asker, last) for _ in range(days)]
    return History(clinic, [ask for ask in asks if ask is not None])


def _happen(story: Story) -> int:
    """Tell the course from its infusions; gives the number of its last day."""
    dice, day = story.dice, 0
    given = dice.pick([2, 0, 1, 3, 4, 5, 6, 7])
    equal = dice.once_in(3)
    if not story.tidy and dice.once_in(15):
        story.add(dice.pick([-300, 10, 100]), {}, "related")
    if not story.tidy and dice.once_in(10):  # before the course began
        story.infusion(-dice.pick([15, 14, 21, 22, 54, 55, 300]))
    gap = dice.pick(GAPS[story.profile])
    if story.tidy:
        return _tidy(story, given % 5)
    for _ in range(given):
        if not dice.once_in(12):
            story.panel(day)
        story.infusion(day)
        if not story.tidy and dice.once_in(20):
            _related(story, day)
        for _ in range(dice.pick([0, 1, 1, 2])):
            story.something(day)
        day += gap if equal else dice.pick(GAPS[story.profile])
    for _ in range(dice.pick([1, 0, 2])):
        story.panel(day + dice.pick([0, 0, 3, 40]), *dice.pick([(150, 60), (30, 20), (6, 4)]))
    for _ in range(dice.pick([0, 0, 1, 3])):
        story.something(day + dice.pick([-60, -30, 0, 60, 300, 700]))
    if dice.once_in(3):
        story.result("lvef", day + dice.pick([200, 330, 365, 395, 700]))
        story.result("neutrophils", day + (late := dice.pick([70, 91, 160, 200, 900])))
        story.result("platelets", day + late)
    return day


def _related(story: Story, day: int) -> None:
    """Let another drug be given on a day, recorded before what else is, with it or after it."""
    story.clock = story.dice.pick([12, 11, 13])
    story.add(day, {}, "related")
    story.clock = 12


def _tidy(story: Story, given: int) -> int:
    """Tell a course without a fault up to the tests of the next infusion, and something besides."""
    gap = 92 if story.profile != "fr" else 31
    for number in range(given):
        story.panel(number * gap, 1000, 1000)
        story.infusion(number * gap)
        if number == given - 1:
            for _ in range(story.dice.pick([1, 0, 2])):
                story.something(number * gap)
    story.panel(given * gap, 1000, 1000)
    if story.dice.once_in(3):
        story.symptom(given * gap - story.dice.number(0, gap - 1))
    for _ in range(story.dice.pick([1, 1, 0, 2])):
        story.something(given * gap - story.dice.pick([15, 8, 3, 1, 30]))
    if story.dice.once_in(20):
        _related(story, story.dice.pick([given * gap, max(0, given - 1) * gap]))
    if story.dice.once_in(6):
        story.never_final(given * gap - story.dice.pick([5, 8, 3, 1, 30, 60]))
    return given * gap


def _ask(story: Story, dice: Dice, last: int) -> Ask | None:
    days = [line["on"] for _, _, line in story.lines if "on" in line] or [str(story.start)]
    signs = [line["at"][:10] for _, _, line in story.lines if "at" in line]
    if signs and dice.once_in(2):
        days = signs
    after = date.fromisoformat(dice.pick(days)) + timedelta(dice.pick([0, 0, 1, 2, 7, 14, 15]))
    number = dice.pick(
        [
            last,
            last + dice.number(0, 8),
            (after - story.start).days,
            last + dice.number(-60, 60),
            (after - story.start).days,
            dice.number(-20, last + 30),
            last if story.tidy else dice.number(0, last + 900),
        ]
    )
    as_of = min(story.day(number), NOW.date())
    on = as_of + timedelta(dice.pick([0, 0, 0, 3, 10, 30, -5]))
    known = NOW if not dice.once_in(3) else datetime.combine(as_of, time(23), UTC)
    if story.tidy and dice.once_in(2):  # on the day of the next infusion, all tests being there
        as_of = on = min(story.day(last), NOW.date())
        dose = {"dose_mg": TIDY_DOSE[story.profile], "bsa_m2": "1.75"}
        return Ask(as_of=as_of, on=on, known=NOW, dose=dose)
    dose: dict[str, str] = {}
    how = dice.number(0, 5)
    if how >= 2:
        dose["dose_mg"] = dice.pick([*DOSES, "21.003"])
    if how in (2, 3):
        dose["bsa_m2"] = dice.pick(SURFACES)
    if how == 4:
        dose |= {"height_cm": "175", "weight_kg": dice.pick(["63", "70"])}
    if dice.once_in(20):
        dose["route"] = "intrathecal"
    return Ask(as_of=as_of, on=on, known=min(known, NOW), dose=dose)
