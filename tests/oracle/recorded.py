"""Record what happened as it becomes known: late, with mistakes, bookings, pauses and waivers."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tests.oracle.clinic import NOW, Clinic
from tests.oracle.rolled import Dice
from tests.oracle.story import Story
from tests.oracle.values import (
    BAD,
    DOSES,
    GOOD,
    GOOD_FACTS,
    KINDS,
    NEVER_FINAL,
    OWN_LIMITS,
    PRIOR,
    UNITS,
    WAIVED,
    WORDS,
)


def record(story: Story, clinic: Clinic, dice: Dice, last: int) -> None:
    """Record what happened as it becomes known, with mistakes, bookings, pauses and waivers."""
    begin = story.day(-dice.pick([7, 40, 0, 1]))
    patient: dict[str, Any] = {"kind": "patient", "id": "P"}
    patient["timezone"] = dice.pick(["Europe/London", "America/Los_Angeles", "Asia/Tokyo"])
    sex = dice.pick(["female", "female", "female", "male", None])
    able = dice.pick([True, True, None, False])
    born = dice.pick(
        ["1980-05-05"]
        if story.tidy
        else ["1980-05-05", "1980-05-05", "2004-02-29", "2003-02-28", "2002-06-30", None]
    )
    known = {"sex": sex, "can_conceive": able, "born": born}
    patient |= {key: value for key, value in known.items() if value is not None}
    clean = story.tidy or not dice.once_in(3)
    kind = {"eu": "highly_active_relapsing"}.get(story.profile, "secondary_progressive")
    facts = {"ms_type": kind, **GOOD_FACTS}
    for fact in list(facts):
        if dice.once_in(250 if clean else 8):
            del facts[fact]
        elif not clean and dice.once_in(8):
            other = {"ms_type": KINDS, "prior_mitoxantrone_mg_m2": PRIOR}
            facts[fact] = dice.pick(other.get(fact, ["yes", "unknown", "no"]))
    learned = min(datetime.combine(begin, time(12), UTC), NOW)
    protocol = f"mitoxantrone-ms-{story.profile}"
    course = {"kind": "course", "patient": "P", "protocol": protocol}
    assert clinic.record(patient, learned)
    assert clinic.record({**course, "on": begin.isoformat(), "facts": facts}, learned)

    for kind, times in (
        ("plan", 3),
        ("cancel", 8),
        ("pause", 8),
        ("end", 4),
        ("close", 25),
        ("waive", 2),
    ):
        if dice.once_in(times * 8 if story.tidy and kind != "waive" else times):
            for _ in range(dice.pick([1, 2, 3]) if kind in ("plan", "waive") else 1):
                on = dice.pick([last, last - 1, last + 1, dice.number(-5, last + 60)])
                story.add(on, {"rule": dice.pick(WAIVED)} if kind == "waive" else {}, kind)
                if kind in ("pause", "end", "close") and dice.once_in(2):
                    back = {"pause": "resume", "end": "again", "close": "reopen"}[kind]
                    story.add(on + dice.pick([0, 1, 20, 90]), {}, back)
    mistakes = 0 if story.tidy and not dice.once_in(4) else dice.pick([0, 0, 1, 2])
    for at, kind, line in sorted(story.lines, key=lambda known: known[0]):
        at = max(at, learned)
        _record_one(clinic, dice, kind, line, at, course)
    for _ in range(mistakes):
        _mistake(clinic, dice)


def _record_one(
    clinic: Clinic, dice: Dice, kind: str, line: dict[str, Any], at: datetime, course: dict
) -> None:
    on = line.get("on")
    match kind:
        case "related":
            clinic.record_anthracycline(line["on"], at)
        case "line" if "part_of" in line:
            clinic.record_part(line, at)
        case "line":
            clinic.record(line, at)
        case "change":
            clinic.pause_or_close("change", line, at)
        case "waive":
            clinic.waive(line["rule"], date.fromisoformat(line["on"]), at)
        case "end":
            end = {"kind": "course_end", "patient": "P", "on": on, "reason": "enough"}
            clinic.record({**end, "protocol": course["protocol"]}, at)
        case "again":
            clinic.record({**course, "on": on, "facts": {}}, at)
        case "close":
            clinic.pause_or_close(kind, {"on": on, "reason": "transferred", "by": "Dr A"}, at)
        case "reopen":
            clinic.pause_or_close(kind, {"on": on, "by": "Dr A"}, at)
        case _:
            clinic.pause_or_close(kind, {"on": on}, at)


def _another(dice: Dice, fact: str) -> str:
    """Pick another answer to a question."""
    if fact == "ms_type":
        return dice.pick(KINDS)
    if fact == "alternatives":
        return dice.pick(["none left", "unknown"])
    if fact.endswith("_mg_m2"):
        return dice.pick(["0", "36", "unknown", "70"])
    return dice.pick(["no", "yes", "unknown"])


def _mistake(clinic: Clinic, dice: Dice) -> None:
    """Correct or take back a result, an infusion or a symptom, some days after it was recorded."""
    replaced = {told.corrects for told in clinic.told}
    wrong = [
        told
        for told in clinic.told
        if told.line is not None
        and told.line["kind"] in ("result", "infusion", "symptom", "fact")
        and "drug" not in told.line
        and told.seq not in replaced
    ]
    if not wrong:
        return
    waiting = [told for told in wrong if told.line and told.line.get("status") == "preliminary"]
    told = dice.pick(waiting if waiting and dice.once_in(2) else wrong)
    at = max(clinic.told[-1].at, min(told.at + timedelta(dice.pick([0, 5, 60])), NOW))
    line: dict[str, Any] | None = None
    if not dice.once_in(3):
        assert told.line is not None
        line = dict(told.line)
        code = line.get("code")
        if line.get("status") == "preliminary" and code in NEVER_FINAL and dice.once_in(2):
            # What is told before it is final goes on where the sample turns out unfit: not these.
            how = dice.pick(["unsuitable", "final"]) if code != "leucocytes" else "final"
            line["status"] = how
        elif line["kind"] == "fact":
            line |= {"patient": "P", "value": _another(dice, line["fact"])}
        elif line["kind"] == "infusion":
            line["dose_mg"] = dice.pick(DOSES)
        elif code in WORDS:
            line["value"] = dice.pick([WORDS[code][0], *WORDS[code][1]])
        elif code in GOOD and line["kind"] == "result":
            line |= {"value": dice.pick([*GOOD[code], *BAD[code]]), "unit": UNITS[code][0]}
            line |= {"uln": OWN_LIMITS[code]} if "uln" in line else {}
        elif "on" in line:
            line["on"] = (date.fromisoformat(line["on"]) - timedelta(1)).isoformat()
    clinic.correct(told.seq, line, at)
