"""The lines as plain Python; View = what counts on a day."""
from copy import copy
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from . import nums, table
from .nums import day, frac, together

YES_NO_WORSE = {"treatment_agreement": "no"}          # for every other yes/no question "yes" is the worse


def newer_sample(report, counting):
    """Unfit: "any sample of its day answers it, but a second one only what was first recorded after it" (0006)"""
    return not counting or report["second"] and not any(r["begun"] > report["begun"] for r in counting if not r["of_several"])


def still_preliminary(reports, counting):
    """The preliminary ones of a day that wait: "for the final one of its own sample: a first one for a first one, a second
    one for a second one … first recorded with it or later"; "several preliminary second ones are answered when as many
    final ones have come" (0006)"""
    first = [p for p in reports if not p["second"]
             and all(p["begun"] > r["begun"] for r in counting if not r["second"])]
    came = [(p["begun"], 0, p) for p in reports if p["second"]]
    came += [(r["begun"], 1, None) for r in counting if r["second"] and not r["of_several"]]
    waiting, finals = [], 0
    for _, _, report in sorted(came, key=lambda each: each[:2]):
        if report is not None:
            waiting.append(report)
        elif waiting:
            finals += 1
            if finals >= len(waiting):
                waiting, finals = [], 0
    return first + waiting


def of_several(corrected, seconds):
    """Whether a corrected second sample came beside several: "Where several second samples of its day are on record when
    it comes (also one that was not fit, or that was taken back since; not one that was taken back before), it is in the
    place of none and answers none"; "A preliminary value and the final one after it are one sample; a corrected one beside
    which there was none is one by itself" (0006). What came with it was beside it, in whatever order."""
    samples = waiting = 0
    order = ("preliminary", "final", "unsuitable", "corrected").index
    for begun, status, gone in sorted(seconds, key=lambda each: (each[0], order(each[1]))):
        if begun > corrected["begun"]:
            break
        if gone is not None and gone <= corrected["begun"]:
            continue
        if status == "preliminary":
            waiting += 1
        elif status == "final" and waiting:
            waiting -= 1                                   # the preliminary one's sample, counted when it came
            continue
        elif status == "corrected" and samples:
            continue
        samples += 1
    return samples > 1


def counting_of(several):
    """ "The corrected one, else the worse", "two corrected values: the one recorded last"; of each sample by itself: a
    second one is corrected by what came as a corrected second one after it, where there was one alone (0006, two values
    of one day). Lines of one file, and those of tests without a moment, came together."""
    out = []
    for second in (False, True):
        own = [r for r in several if r["second"] == second]
        fixed = [r for r in own if r["status"] == "corrected" and (r["came_corrected"] or not second) and not r["of_several"]]
        left = own if second or not fixed else fixed
        out += [r for r in left if not any(c["begun"] > r["told"] for c in fixed)]
    return out


def ends(r):
    """The values of a day that count: of leucocytes two, where one is low and one is high."""
    return [{k: v for k, v in r.items() if k != "high"}, r["high"]] if "high" in r else [r]


class Facts:
    def __init__(self, profile, lines, recorded_on, extra):
        self.p = table.PROFILES[profile]
        self.patient = {}
        self.courses, self.ends, self.infusions, self.answers, self.symptoms = [], [], [], {}, []
        self.course_ids, self.symptom_ids = [], []
        self.changes, self.anthracyclines, parts = [], [], {}
        self.sums = {}                                  # (day, number of infusions) -> sums, once added up
        self.against = {}                               # number of an infusion -> what it went against, once asked
        seconds = {}                                    # (code, day) -> every second sample that ever came: (moment, status)
        raw, self.unsure = {}, {}                       # (code, day) -> results that count, and preliminary ones
        self.unfit = []                                 # (number, seq, day, code, whether open on its day) of samples that were not fit
        self.unfit_seen = {}                            # seq of such a sample -> day on which it was first recorded
        for line in lines:
            if line["kind"] == "patient":
                self.patient.update(line)
        zone = ZoneInfo(self.patient["timezone"]) if self.patient.get("timezone") else timezone.utc
        # Lines without a number of their own are numbered as they come.
        lines = [{"_seq": n, "_origin": n, **line} for n, line in enumerate(lines, start=1)]
        self.first_at = {line["_seq"]: line.get("first_at", "") for line in lines}
        for line in lines:
            kind, mark = line["kind"], (line["_seq"], line["_origin"])
            if kind == "course":
                self.courses.append(day(line["on"]))
                self.course_ids.append((day(line["on"]), mark[1]))
                for name, value in (line.get("facts") or {}).items():
                    self._answer(name, value, day(line["on"]), mark)
            elif kind == "course_end":
                self.ends.append(day(line["on"]))
            elif kind == "fact":
                self._answer(line["fact"], line["value"], day(line["on"]), mark)
            elif kind == "result":
                if line.get("second"):
                    sample = line.get("begun_at", ""), line.get("status") or "final", line.get("gone_at")
                    seconds.setdefault((line["code"], day(line["on"])), []).append(sample)
                if line.get("gone_at"):
                    continue                               # taken back: a sample that was on record, and says nothing
                # "only final and corrected count"
                kept = raw if (line.get("status") or "final") in ("final", "corrected") else self.unsure
                if kept is raw or line["status"] == "preliminary":
                    kept.setdefault((line["code"], day(line["on"])), []).append(self._result(line, recorded_on))
                else:
                    sample = {"second": bool(line.get("second")), "begun": line.get("begun_at", "")}
                    of_day = [n for n, _, d, code, _ in self.unfit if (d, code) == (day(line["on"]), line["code"])]
                    number = line.get("_unfit", of_day[0] if of_day else 1 + len(self.unfit))
                    self.unfit.append((number, line["_seq"], day(line["on"]), line["code"], sample))
                    self.unfit_seen[line["_seq"]] = day(line["recorded_on"]) if line.get("recorded_on") else recorded_on
            elif kind == "symptom":
                at = line["at"] if isinstance(line["at"], datetime) else datetime.fromisoformat(
                    line["at"].replace("Z", "+00:00"))
                # brief: "Symptom day = its moment in the patient's zone (UTC if none)."
                self.symptoms.append((at.astimezone(zone).date(), line["code"]))
                self.symptom_ids.append((at.astimezone(zone).date(), line["code"], *mark))
            elif kind == "infusion" and line.get("drug", "mitoxantrone") != "mitoxantrone":
                self.anthracyclines.append((day(line["on"]), mark[0]))
            elif kind == "infusion":
                # "makes both one infusion, dated by the first … mg added"
                infusion = self._infusion(line, recorded_on)
                parts.setdefault(line.get("part_of") or mark[1], []).append(infusion)
            elif kind == "change":
                self.changes.append((day(line["on"]), mark[0], line))
            elif kind != "patient":
                raise ValueError(kind)
        groups, lone = {}, {i["origin"] for p in parts.values() for i in p}
        for first, several in parts.items():
            for i in several:                               # a part whose first was taken back stands for itself
                groups.setdefault(first if first in lone else i["origin"], []).append(i)
        # the named one first, also where a correction made its line the newer one
        self.groups = [sorted(g, key=lambda i: (i["on"], i["origin"])) for g in groups.values()]
        self.groups.sort(key=lambda g: (g[0]["on"], g[0]["seq"]))
        self.infusions = [together(g) for g in self.groups]
        self.courses.sort()
        self.course_ids.sort()
        for n, infusion in enumerate(self.infusions):
            infusion["number"] = n + 1
        for key, several in raw.items():
            for r in several:
                r["of_several"] = r["second"] and r["status"] == "corrected" and of_several(r, seconds[key])
        # every preliminary report, answered or not: (whether of a second sample, number)
        self.early = {key: [(r["second"], r["origin"]) for r in several] for key, several in self.unsure.items()}
        for key, several in list(self.unsure.items()):
            self.unsure[key] = still_preliminary(several, raw.get(key, ()))
        self.unsure = {key: sorted(several, key=lambda r: r["seq"]) for key, several in self.unsure.items() if several}
        self.unfit = [(n, seq, d, code, newer_sample(r, raw.get((code, d), ()))) for n, seq, d, code, r in self.unfit]
        self.unfit.sort()
        self.results = {}                               # code -> {day: result}
        for (code, d), several in raw.items():
            chosen = self.worst(code, counting_of(several))
            # this day was first seen when its first value was
            seen, first_at = (min(x) for x in zip(*((r["recorded_on"], self.first_at[r["seq"]]) for r in raw[code, d])))
            chosen = dict(chosen, recorded_on=seen, first_at=first_at)
            if "high" in chosen:
                chosen["high"] = dict(chosen["high"], recorded_on=seen, first_at=first_at)
            self.results.setdefault(code, {})[d] = chosen
        self.extra = [{"seq": len(lines) + 1 + n, **e, "on": day(e["on"]), "order": n} for n, e in enumerate(extra)]
        for e in self.extra:
            if e["kind"] == "waive" and "anchor" not in e:     # said by hand: the coming infusion of its day
                then = View(self, e["on"])
                e.update(anchor=then.anchor_id(), occurrence=then.to_come, seq=len(lines) + 1)

    def _answer(self, name, value, on, mark):
        if isinstance(value, bool):
            value = "yes" if value else "no"
        self.answers.setdefault(name, []).append((on, value, *mark))

    def _result(self, line, recorded_on):
        code, value = line["code"], line.get("value")
        uln = lln = None
        if code in table.UNITS:
            factor = frac(table.UNITS[code][line["unit"]])
            value = frac(value) * factor
            uln = None if line.get("uln") is None else frac(line["uln"]) * factor
            lln = None if line.get("lln") is None else frac(line["lln"]) * factor
        return {"second": bool(line.get("second")), "value": value, "uln": uln, "lln": lln, "status": line.get("status") or "final",
                "recorded_on": day(line["recorded_on"]) if line.get("recorded_on") else recorded_on,
                "seq": line["_seq"], "origin": line["_origin"], "came_corrected": line.get("came_corrected", line.get("status") == "corrected"),
                "begun": line.get("begun_at", ""), "told": line.get("told_at", "")}

    def _infusion(self, line, recorded_on):
        if line.get("bsa_m2") is not None:
            bsa = frac(line["bsa_m2"])
        elif line.get("height_cm") is not None and line.get("weight_kg") is not None:
            # "BSA is Mosteller unless `--bsa-formula dubois`"
            formula = nums.dubois if line.get("bsa_formula") == "dubois" else nums.mosteller
            bsa = formula(line["height_cm"], line["weight_kg"])
        else:
            bsa = None      # "may leave height, weight and `bsa_m2` out: exposure is then *unknown*"
        return {"on": day(line["on"]), "mg": nums.dec(line["dose_mg"]), "bsa": bsa,
                "per_m2": None if bsa is None else frac(line["dose_mg"]) / bsa,
                "route": line.get("route") or "iv", "seq": line["_seq"], "origin": line["_origin"],
                "recorded_on": day(line["recorded_on"]) if line.get("recorded_on") else recorded_on}

    def lvef_floor(self, r):
        # "the floor is 50 or the result's own `lln`, whichever is higher"
        floor = frac(self.p["lvef_floor"])
        return floor if r["lln"] is None else max(floor, r["lln"])

    def worst(self, code, several):
        """ "A number is compared as it stands, and carries the strictest limit of the day that it lies beyond"
        (docs/decisions/0006, two values of one day). Leucocytes low and high on one day: the low one, with the high one."""
        several = [e for r in several for e in ends(r)]
        lln = max((r["lln"] for r in several if r["lln"] is not None), default=None)
        uln = min((r["uln"] for r in several if r["uln"] is not None), default=None)
        chosen = max(several, key=lambda r: (self._badness(code, r, lln, uln), r["uln"] is None, r["seq"]))
        if code not in table.UNITS or len(several) == 1:
            return chosen
        if code == "leucocytes":
            high = [r for r in several if r["value"] > min(uln or 10, frac("10"))]
            low = [r for r in several if r["value"] < max(lln or 0, frac("4"))]
            if low and high:
                one, other = min(low, key=lambda r: (r["value"], -r["seq"])), max(high, key=lambda r: (r["value"], r["uln"] is None, r["seq"]))
                return dict(self._limited(one, lln, uln), high=self._limited(other, lln, uln))
        return self._limited(chosen, lln, uln)

    def _limited(self, chosen, lln, uln):
        if lln is not None and chosen["value"] < lln:
            chosen = dict(chosen, lln=lln)
        return dict(chosen, uln=uln) if uln is not None and chosen["value"] > uln else chosen

    def _badness(self, code, r, lln=None, uln=None):
        """Bigger is worse (only to choose between two values of one day)."""
        v = r["value"]
        if code == "leucocytes":                            # "of leucocytes 105 is worse than 9, and 1 is worse than 4"
            low, high = max(lln or 0, frac("4")), min(uln or 10, frac("10"))
            return low / v if 0 < v < low else v / high if v > high else frac("0.5") if v else frac(10) ** 9
        if code in ("alt", "ast", "alp", "bilirubin", "temperature", "creatinine"):
            return v
        if code in table.UNITS:
            return -v
        return {"normal": 0, "negative": 0, "absent": 0, "indeterminate": 1}.get(v, 2)

    def last_course_number(self, d):
        """Number (0, 1, …) of the course an infusion of day d belongs to: "Without a running course: on the last one"."""
        started = [n for n, on in enumerate(self.courses) if on <= d]
        return started[-1] if started else 0

    def course_ended_on(self, d):
        """Number of the course that an end of day d ends: one that ran before that day, else one begun on it."""
        before = [n for n, on in enumerate(self.courses) if on < d]
        if before and not any(self.courses[before[-1]] <= e < d for e in self.ends):
            return before[-1]
        return self.last_course_number(d)


class View:
    """Facts up to and including `upto` (facts that happened later do not count); infusions before `before` only."""
    def __init__(self, facts, upto, before=None):
        self.f, self.p, self.upto = facts, facts.p, upto
        self.patient = dict(facts.patient)
        self.sexes = {self.patient.get("sex")}              # ever recorded, up to this day
        for d, _, line in sorted(facts.changes, key=lambda c: c[:2]):
            if d <= upto:
                self.patient.update({k: v for k, v in line.items() if k in ("sex", "can_conceive", "born")})
                self.sexes.add(self.patient.get("sex"))
        self._series = {}                               # remembered: the same days are asked for again and again
        self.infusions = []
        for group, whole in zip(facts.groups, facts.infusions):
            known = [i for i in group if i["on"] <= upto and (before is None or i["on"] < before)]
            if known:
                self.infusions.append({**together(known), "number": whole["number"]})
        self.last = self.infusions[-1]["on"] if self.infusions else None
        self.to_come = 1 + len(self.infusions)
        self.related = [m for m in facts.anthracyclines if m[0] <= upto]  # infusions of related drugs: (day, number)
        self.others = self.related                      # of these, what the counts must have recovered from

    def given(self):
        """(day, first recorded) of every infusion that lowers counts, of whatever drug: "D0 … of any infusion"."""
        of_ours = [(i["on"], i["lines"][0]["seq"]) for i in self.infusions]
        return [(d, self.f.first_at[n]) for d, n in of_ours + self.related]

    def recovering_until(self, on):
        """The day from which on counts speak of recovery from what was given before a day, of whatever drug, or None."""
        # 0006, two drugs on one day: "what was given of *another* drug on the day that is asked about counts"
        given = [i["on"] for i in self.infusions if i["on"] < on] + [d for d, _ in self.others if d <= on]
        return nums.plus(max(given), self.p["counts_from"]) if given else None

    def only(self, how_many):
        """Leave the infusions after the first so many out."""
        own = self.infusions[how_many]
        # "Of two on record of one day the one recorded later counts the earlier; lines of one file came together"
        at = self.f.first_at[own["lines"][0]["seq"]]
        self.others = [m for m in self.others if m[0] < own["on"] or self.f.first_at[m[1]] <= at]
        self.infusions = self.infusions[:how_many]
        self.last = self.infusions[-1]["on"] if self.infusions else None
        self.to_come = 1 + len(self.infusions)

    def series(self, code):
        """[(day, result)] oldest first"""
        if code not in self._series:
            known = self.f.results.get(code, {})
            self._series[code] = [(d, known[d]) for d in sorted(known) if d <= self.upto]
        return self._series[code]

    def newest(self, code):
        s = self.series(code)
        return s[-1] if s else (None, None)

    def preliminary(self, code, bad):
        """The mark of the worst preliminary value of a code that is newer than what counts, where it is bad."""
        d, r = self.worst_unsure(code)
        return [(d, r["seq"])] if r is not None and bad(r) else []

    def waiting(self, code, bad):
        """[(day, result)] of the bad preliminary values that wait for the final one of their own sample, whatever newer
        value of another sample counts (docs/decisions/0006, never final)"""
        return [(d, r) for (c, d), several in sorted(self.f.unsure.items()) if c == code and d <= self.upto for r in several if bad(r)]

    def worst_unsure(self, code):
        """ "Of several preliminary ones the worst speaks: what is not final either answers none" (docs/decisions/0006)"""
        newest = self.newest(code)[0]
        open_now = [(d, r) for (c, d), several in self.f.unsure.items() if c == code and d <= self.upto
                    and (newest is None or d >= newest) for r in several]
        if not open_now:
            return None, None
        worst = self.f.worst(code, [r for _, r in open_now])
        return next((d, worst) for d, r in open_now if r["seq"] == worst["seq"])

    def with_preliminary(self, codes):
        """The view with the worst preliminary values of some codes as if they were final; None where there are none."""
        unsure = {c: self.worst_unsure(c) for c in codes if self.preliminary(c, lambda _: True)}
        if not unsure:
            return None
        early = copy(self)
        early._series = {}
        early.f = copy(self.f)
        early.f.results = {code: dict(known) for code, known in self.f.results.items()}
        for code, (d, r) in unsure.items():
            same = [early.f.results[code][d]] if d in early.f.results.setdefault(code, {}) else []
            early.f.results[code][d] = self.f.worst(code, [dict(r, first_at=self.f.first_at[r["seq"]]), *same])
        early.f.unsure = {}
        return early

    def not_fit(self, code, since=None, own=False):
        """Marks of the unfit samples of a code that no value that counts, "of its day or later", has answered, nor "a
        whole panel of its day or later"; an `own` earlier sample in that panel does not (docs/decisions/0006, a sample
        that was not fit)."""
        newest = self.newest(code)[0]
        return [(d, seq) for _, seq, d, of, newer in self.f.unfit if of == code and d <= self.upto
                and (newest is None or d > newest or d == newest and newer)
                and (since is None or d > since or d == since and own and newer)]

    def answer(self, name, against=None):
        """(day, value) of the newest answer, else (None, None). See `said`."""
        return self.said(name, against)[:2]

    def said(self, name, against=None):
        """(day, value, seq) of the answer that counts. Two on one day: the worse, else "unknown", else the last
        (decision 0008, 17). "Unknown" is the same as no answer (18): the question is open again; but an answer that
        speaks `against` "acts at every gate from its day on", and an unknown does not take it back."""
        of_day = {}
        for d, v, seq, _ in self.f.answers.get(name, []):
            if d <= self.upto:
                of_day.setdefault(d, []).append((self._worse(name, v), v == "unknown", seq, v))
        newest = None
        for d in sorted(of_day, reverse=True):
            _, _, seq, v = max(of_day[d])
            newest = newest or (d, None if v == "unknown" else v, seq)
            if v != "unknown":
                return (d, v, seq) if newest[1] is not None or against is not None and v in against else newest
        return newest or (None, None, 0)

    def said_amount(self, name):
        """The newest number that was answered, with its day and number; "unknown" takes none back."""
        known = [(d, frac(v), seq) for d, v, seq, _ in self.f.answers.get(name, []) if d <= self.upto and v != "unknown"]
        return max(known, default=(None, None, 0))

    def _worse(self, name, v):
        if name == "prior_mitoxantrone_mg_m2":
            return frac(v)
        if name in ("ms_type", "alternatives"):
            return 0                                       # no answer of these is the worse one everywhere: the last
        return 1 if v == YES_NO_WORSE.get(name, "yes") else 0

    def fever_days(self):
        # "Fever (the symptom, with or without a number, or a temperature ≥ 38.0 °C)"
        days = {d for d, c in self.f.symptoms if c == "fever" and d <= self.upto}
        return sorted(days | {d for d, r in self.series("temperature") if r["value"] >= 38})

    def early_fevers(self):
        """[(day, seq)] of preliminary temperatures that "a final value of its own day" has not answered (0006)"""
        return [(d, r["seq"]) for (code, d), several in self.f.unsure.items() if code == "temperature" and d <= self.upto
                for r in several if r["value"] >= 38]

    def symptom_days(self, codes):
        days = {d for d, c in self.f.symptoms if c in codes and d <= self.upto}
        if "fever" in codes:
            days |= set(self.fever_days())
        return sorted(days)

    def symptom_marks(self, codes):
        """[(day, seq, origin)] of the symptoms, and of the temperatures that are fever"""
        marks = [(d, s, o) for d, c, s, o in self.f.symptom_ids if c in codes and d <= self.upto]
        if "fever" in codes:
            marks += [(d, r["seq"], r["origin"]) for d, r in self.series("temperature") if r["value"] >= 38]
        return sorted(marks)

    def anchor_id(self):
        """What the coming infusion counts from: the last one, else the start of the newest course."""
        if self.infusions:
            return self.infusions[-1]["origin"]
        started = [o for d, o in self.f.course_ids if d <= self.upto]
        return started[-1] if started else None

    def count_days(self):
        # "A blood count is neutrophils and platelets of one day"
        return sorted({d for d, _ in self.series("neutrophils")} & {d for d, _ in self.series("platelets")})

    def course_started(self):
        return any(c <= self.upto for c in self.f.courses)

    def course_running(self):
        """Day the running course started, or None. An end acts from its day on."""
        running = None
        for d in sorted({x for x in self.f.courses + self.f.ends if x <= self.upto}):
            ended = d in self.f.ends
            if ended and running is not None:
                running, ended = None, False
            if d in self.f.courses:
                running = d
            if ended:
                running = None
        return running

    def _switch(self, on, off, since=None, until=None):
        state = False
        for e in sorted(self.f.extra, key=lambda e: (e["on"], e["order"])):
            if until is not None and e["kind"] == on and (e["on"], e["seq"]) > until:
                continue
            if e["on"] <= self.upto and (since is None or (e["on"], e["seq"]) > since):
                state = True if e["kind"] == on else False if e["kind"] == off else state
        return state

    def paused(self, own=None):
        # one of the day of an infusion (`own`, its day and number) that was recorded after it did not stand when it was given
        # Of one day, what was recorded later comes later: a pause before the start of a new course is of the old one.
        started = self.course_running()
        since = max(((d, o) for d, o in self.f.course_ids if d == started), default=None)
        return self._switch("pause", "resume", since=since, until=own)

    def closed(self, own=None):
        # "a waiver, a closing and an acknowledgement happen on their day"
        return self._switch("close", "reopen", until=own)

    def plan(self):
        """The booked day or None. "A plan is seen at every `--as-of` … is used up by an infusion from 14 days
        before it on"; brief: "a newest recorded plan not used up is the booked day"."""
        booked = None
        for e in self.f.extra:
            # "`infusion cancel` ends the booking in force and revives none."
            if e["kind"] == "cancel":                      # as a plan, it is seen at every `--as-of`
                booked = None
            if e["kind"] == "plan":
                used_up = any(i["on"] >= nums.plus(e["on"], -14) for i in self.infusions)
                # "A booking at or within the protocol's `never_before` after a newer infusion is used up by it"
                near = any(i["on"] <= e["on"] <= nums.plus(i["on"], self.p["never_before"])
                           and i["origin"] > e["seq"] for i in self.infusions)
                if not used_up and not near:
                    booked = e["on"]
        return booked
