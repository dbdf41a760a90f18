"""What happens to a patient, told by dice: tests, infusions, symptoms, answers."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.clinic import NOW
from tests.oracle.rolled import Dice
from tests.oracle.values import (
    AGES,
    AMOUNTS,
    BAD,
    BEFORE,
    BESIDE,
    BESIDE_CODES,
    CELLS,
    DOSES,
    FEW,
    GOOD,
    IN_FIRST,
    NEVER_FINAL,
    NONE_PRINTS,
    OWN_LIMITS,
    SIZES,
    STARTS,
    SURFACES,
    SYMPTOMS,
    TIDY_DOSE,
    UNITS,
    WAIVED,
    WORDS,
    YES_NO,
)


class Story:
    """What happens, collected before it is recorded in the order in which it becomes known."""

    def __init__(self, dice: Dice, profile: str) -> None:
        self.dice = dice
        self.profile = profile
        self.start = dice.pick(STARTS)
        # A tidy story goes as it should until one thing happens: what is said of it stands alone.
        self.tidy = dice.once_in(2)
        # How facts become known: at once, a little late, or as old records long afterwards.
        self.delays = dice.pick([[0], [0, 0, 0, 1, 3], [0, 0, 30, 31, 90], [1500]])
        self.trouble = dice.pick([40, 15, 6, 1000])  # something is wrong once in so many
        if self.tidy:
            self.delays, self.trouble = dice.pick([[0], [0, 0, 0, 1, 3]]), 1000
        self.clock = 12  # the hour at which things are recorded
        self.lines: list[tuple[datetime, str, dict[str, Any]]] = []

    def day(self, number: int) -> date:
        """Give the day so many days after the first."""
        return self.start + timedelta(days=number)

    def add(self, number: int, line: dict[str, Any], kind: str = "line") -> None:
        """Let something happen on a day."""
        on = self.day(number)
        if on > NOW.date() and kind != "plan":
            return
        learned = on + timedelta(self.dice.pick(self.delays)) if kind != "waive" else on
        at = min(datetime.combine(learned, time(self.clock), UTC), NOW)
        self.lines.append((at, kind, {**line, "on": on.isoformat()}))

    def result(self, code: str, number: int, *, bad: bool | None = None) -> None:
        """Let a test be done: on a day, good or bad, in one of its units."""
        dice = self.dice
        if bad is None:
            bad = dice.once_in(self.trouble)
        line: dict[str, Any] = {"kind": "result", "patient": "P", "code": code, "confirm": True}
        if code in WORDS:
            normal, wrong = WORDS[code]
            line["value"] = dice.pick(wrong) if bad else normal
        else:
            value = Decimal(dice.pick(BAD[code] if bad else GOOD[code]))
            unit = dice.pick(UNITS[code]) if dice.once_in(3) else UNITS[code][0]
            if unit in CELLS and unit not in IN_FIRST:
                value *= 1000
            line |= {"value": f"{value:f}", "unit": unit}
            if unit in ("g/dL", "g/dl"):
                line["value"] = f"{value / 10:f}"
            if code in OWN_LIMITS and not dice.once_in(15):
                line["uln"] = OWN_LIMITS[code]
                if code in ("alt", "ast") and dice.once_in(12):
                    line["uln"] = dice.pick(NONE_PRINTS)
            if code == "bilirubin" and dice.once_in(4):
                line |= {"unit": "mg/dL", "value": dice.pick(["0.5", "1", "1.01"])}
                line |= {"uln": "1"} if "uln" in line else {}
            if code == "lvef" and dice.once_in(10):
                line["lln"] = dice.pick(["48", "52", "55"])
        if dice.once_in(25):
            line["status"] = dice.pick(["corrected", "preliminary", "unsuitable"])
        if line.get("status") == "unsuitable" and dice.once_in(2):  # which needs no value
            line = {key: line[key] for key in ("kind", "patient", "code", "confirm", "status")}
        if dice.once_in(30):
            line["second"] = True
        self.add(number, line)
        if line.get("status") == "corrected" and dice.once_in(2):
            other = [*GOOD.get(code, []), *BAD.get(code, [])]
            again = WORDS[code][0] if code in WORDS else dice.pick(other)
            unit = {} if code in WORDS else {"unit": UNITS[code][0]}
            self.add(number, {**line, "value": again, **unit})

    def panel(self, number: int, share: int = 20, stale: int = 10) -> None:
        """Let all tests be done before a day; once in so many one is left out, or is old."""
        dice = self.dice
        for code in [*BEFORE, "urinalysis", "liver"]:
            if dice.once_in(share):
                continue
            age = dice.pick(AGES) if dice.once_in(stale) else dice.number(0, 5)
            if code != "liver":
                self.result(code, number - age)
            elif not dice.once_in(3):
                self.result("liver_tests", number - age)
            else:
                for part in ("alt", "ast", "bilirubin"):
                    if not dice.once_in(15):
                        self.result(part, number - age - dice.pick([0, 0, 1, 20]))

    def infusion(self, number: int, again: str | None = None) -> None:
        """Let a dose be given, or more of it on the next days without anybody linking them."""
        dice = self.dice
        drug = f"mitoxantrone-ms-{self.profile}"
        line: dict[str, Any] = {"kind": "infusion", "patient": "P", "protocol": drug}
        line["confirm"] = True
        line["dose_mg"] = again or (TIDY_DOSE[self.profile] if self.tidy else dice.pick(DOSES))
        how = 0 if self.tidy else dice.number(0, 9)
        if self.tidy:
            line |= {"height_cm": "175", "weight_kg": "63"}
        elif how < 5:
            line |= {"height_cm": "175", "weight_kg": dice.pick(["63", "63", "70", "58"])}
            if how == 4:
                line["bsa_formula"] = "dubois"
        elif how < 9:
            line["bsa_m2"] = dice.pick(SURFACES)
        if dice.once_in(200 if self.tidy else 50):
            line["route"] = dice.pick(["im", "intrathecal"])
        self.add(number, line)
        if not self.tidy and dice.once_in(15):
            rest = {**self.resized(line), "dose_mg": dice.pick(["5", "9", "2"]), "part_of": None}
            self.add(number + dice.pick([0, 1]), rest)
        if not self.tidy and dice.once_in(30):
            more = {**self.resized(line), "dose_mg": dice.pick(["2", "9", "21"]), "second": True}
            self.add(number, more)

    def resized(self, line: dict[str, Any]) -> dict[str, Any]:
        """Copy an infusion, sometimes with another body surface, or with none."""
        if not self.dice.once_in(3):
            return dict(line)
        left = {key: value for key, value in line.items() if key not in SIZES}
        return self.dice.pick([left, {**left, "bsa_m2": "1.4"}, {**left, "bsa_m2": "2.1"}])

    def symptom(self, number: int) -> None:
        """Let the patient notice something, at any hour; the day is that of the patient's zone."""
        dice = self.dice
        line = {"kind": "symptom", "patient": "P", "code": dice.pick(SYMPTOMS), "confirm": True}
        clock = dice.pick(["12:00:00+00:00", "23:30:00+00:00", "00:30:00+00:00", "06:00:00-08:00"])
        at = f"{self.day(number)}T{clock}"
        on = self.day(number)
        if on >= NOW.date() - timedelta(2):
            return
        learned = min(datetime.combine(on + timedelta(2), time(12), UTC), NOW)
        self.lines.append((learned, "line", {**line, "at": at}))
        if dice.once_in(2):
            self.result("neutrophils", number + dice.number(-8, 3), bad=dice.once_in(2))
        if dice.once_in(3):
            self.result("platelets", number + dice.number(-2, 5))
        if dice.once_in(3):
            self.result("neutrophils", number + dice.number(-8, 3), bad=True)
        if dice.once_in(6):
            self.result("neutrophils", number - dice.number(9, 40), bad=True)
        if dice.once_in(6):
            self.result("leucocytes", number - dice.number(0, 8), bad=True)

    def something(self, number: int) -> None:
        """Let one thing more happen about a day."""
        dice = self.dice
        kind = dice.pick(
            ["count", "symptom", "symptom", "symptom", "symptom", "temperature", "leucocytes",
             "haemoglobin", "blasts",
             "answer", "size", "alp", "low lines", "count", "answer", "waived", "creatinine",
             "one line", "change", "twice", "liver", "that day", "that day", "steps", "pregnancy",
             "parts", "amount", "beside", "never final", "never final", "not fit", "not fit"]
        )  # fmt: skip
        on = number + (dice.number(1, 15) if self.tidy else dice.number(1, 60))
        match kind:
            case "count":
                on = number + dice.pick([7, 10, 14, 6, 15, 20, 21, 22, 28, 29])
                self.result("neutrophils", on)
                self.result("platelets", on)
            case "symptom":
                self.symptom(on)
            case "answer":
                fact = dice.pick(["active_infection", *YES_NO, *BESIDE, "active_infection"])
                said = dice.pick(["yes", "no", "unknown"])
                line = {"kind": "fact", "patient": "P", "fact": fact, "value": said}
                self.add(on, {**line, "second": True})
            case "size":
                for code, value in (("height", "175"), ("weight", dice.pick(["63", "70"]))):
                    line = {"kind": "result", "patient": "P", "code": code, "value": value}
                    self.add(on + dice.pick([0, 0, 5]), {**line, "unit": UNITS[code][0]})
            case "waived":
                self.add(number + dice.number(0, 90), {"rule": dice.pick(WAIVED)}, "waive")
            case "one line":
                code = dice.pick(["platelets", "neutrophils", "haemoglobin"])
                for later in (0, dice.pick([13, 14, 30]), dice.pick([7, 40])):
                    self.result(code, on + later, bad=not dice.once_in(6))
            case "change":
                able = [{"can_conceive": can} for can in (True, False)]
                sexes = [{"sex": sex} for sex in ("male", "female")]
                self.add(on, dice.pick([*sexes, *able]), "change")
            case "twice":
                code = dice.pick(
                    ["platelets", "neutrophils", "leucocytes", "leucocytes", "blasts", "hcg"]
                )
                before = len(self.lines)
                for _ in range(dice.number(2, 4)):
                    self.clock += dice.number(0, 1)  # with the one before, or after it
                    self.result(code, on, bad=not dice.once_in(3))
                self.clock = 12
                for _, _, line in self.lines[before:]:
                    line["second"] = bool(dice.number(0, 2))
                    if dice.once_in(2):
                        line["status"] = dice.pick(["corrected", "preliminary", "unsuitable"])
            case "liver":
                for code in ("alt", "ast", "bilirubin"):
                    self.result(code, on, bad=dice.once_in(3))
            case "low lines":
                self.result("neutrophils", on, bad=True)
                self.result("platelets", on + dice.pick([0, 7, 8]), bad=True)
                self.result("haemoglobin", on - dice.pick([0, 7, 8]), bad=True)
            case "that day":
                self.low_that_day(number)
            case "steps":
                code, down = dice.pick([("creatinine", False), ("haemoglobin", True)])
                value, step = (Decimal(130), -9) if down else (Decimal(60), 31)
                for later in range(dice.number(2, 5)):
                    each = {"kind": "result", "patient": "P", "code": code, "confirm": True}
                    each |= {"value": str(value + later * step + dice.pick([0, 0, 2, -40]))}
                    apart = dice.pick([6, 7, 9]) if down else dice.pick([40, 91, 122])
                    self.add(on - 20 + later * apart, {**each, "unit": UNITS[code][0]})
            case "pregnancy":
                line = {"kind": "fact", "patient": "P", "fact": "pregnancy", "second": True}
                told = number + dice.pick([20, 0, -3, 120, 121, 122, 123, 124])
                self.add(told, {**line, "value": "yes"})
                if dice.once_in(3):
                    self.add(told + dice.number(0, 9), {**line, "value": "no"})
            case "beside":
                code = dice.pick(BESIDE_CODES)
                self.result(code, on, bad=not dice.once_in(3))
                if dice.once_in(2):
                    self.result(code, on + dice.number(0, 9), bad=dice.once_in(2))
                if dice.once_in(4):
                    self.add(on + dice.pick([0, 1, 5]), {"rule": "recorded-against"}, "waive")
            case "amount":
                fact = dice.pick([*AMOUNTS, "prior_anthracycline"])
                for later in range(dice.pick([1, 1, 2])):
                    said = dice.pick(["300", "0", "0.5", "unknown"])
                    said = dice.pick(["yes", "no"]) if fact == "prior_anthracycline" else said
                    line = {"kind": "fact", "patient": "P", "fact": fact, "value": said}
                    line |= {"second": True, "confirm": True}
                    self.add(on + later * dice.pick([0, 3, 40]), line)
                    fact = dice.pick([fact, *AMOUNTS])
                if dice.once_in(3):
                    self.add(on + dice.pick([0, 1, 5, 41]), {"rule": "cardiac-risk"}, "waive")
            case "never final":
                self.never_final(on)
            case "not fit":
                self.not_fit(on)
            case "parts":
                for later in range(1, dice.number(2, 3)):
                    self.infusion(number + later, again=dice.pick(["14", "2", "21", "1"]))
            case _:
                self.result(kind, on, bad=dice.once_in(2))

    def never_final(self, on: int) -> None:
        """Let a grave value come, then one of another sample, or its own final one, or a waiver."""
        dice = self.dice
        code = dice.pick(list(NEVER_FINAL))
        line: dict[str, Any] = {"kind": "result", "patient": "P", "code": code, "confirm": True}
        line |= {"unit": UNITS[code][0]} if code in UNITS else {}
        first = {**line, "value": dice.pick(NEVER_FINAL[code]), "status": "preliminary"}
        if dice.once_in(4):
            first["second"] = True
        self.add(on, first)
        for _ in range(dice.pick([1, 1, 0, 2])):
            self.result(code, on + dice.pick([1, 0, 2, 7, 30, -1]), bad=dice.once_in(4))
        if dice.once_in(5):
            self.clock += 1
            self.add(on, {key: value for key, value in first.items() if key != "status"})
            self.clock = 12
        if dice.once_in(3):
            rules = {"lvef": ["lvef"], "hcg": ["pregnancy-test", "positive-pregnancy-test"]}
            rule = dice.pick(rules.get(code, ["suspected-leukaemia"]))
            self.add(on + dice.pick([2, 0, 7, 1, 30, -1]), {"rule": rule}, "waive")

    def not_fit(self, on: int) -> None:
        """Let samples of the liver and others not be fit, and panels be beside them."""
        dice = self.dice
        liver = ["alt", "ast", "bilirubin", "alp", "liver_tests"]
        for _ in range(dice.pick([1, 1, 2])):
            code = dice.pick([*liver, *liver, "height", "weight", "temperature", *BESIDE_CODES])
            line = {"kind": "result", "patient": "P", "code": code, "status": "unsuitable"}
            self.clock = dice.pick([12, 10, 14])
            if dice.once_in(4):
                line["second"] = True
            self.add(on + dice.pick([0, 0, 1, -1]), line)
        self.clock = 12
        for code in dice.pick([["liver_tests"], liver[:3], liver[:2], liver, BESIDE_CODES, []]):
            self.result(code, on + dice.pick([0, 0, 1, 2, -1, 7]))

    def low_that_day(self, number: int) -> None:
        """Let counts of the day of an infusion be low, recorded before it, with it or after it."""
        dice = self.dice
        later = {"kind": "result", "patient": "P", "code": "neutrophils", "unit": "10*9/L"}
        self.clock = dice.pick([9, 12, 15])
        if dice.once_in(2):
            self.result(dice.pick(["neutrophils", "platelets", "leucocytes"]), number, bad=True)
        if dice.once_in(2):
            self.add(number - dice.pick([0, 0, 1, 2]), {**later, "value": dice.pick(FEW)})
        self.clock = 12
        if dice.once_in(2):
            self.result("haemoglobin", number - dice.pick([0, 3, 8]), bad=True)
        if dice.once_in(2):
            self.add(number + dice.pick([3, -1, 12, 20, 21]), {**later, "value": dice.pick(FEW)})
