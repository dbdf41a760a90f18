"""The checks on the calendar."""
from . import dosing, gate, laboratory
from .before import COUNTS, blind_to, pregnancy_asked
from .facts import View
from .nums import frac, months, plus
from .table import BLEEDING, CARDIAC, INFECTION

# rule -> result code that does it (liver-tests has its own way)
CODES = {"lvef": "lvef", "ecg": "ecg", "cardiac-exam": "cardiac_exam", "neutrophils": "neutrophils",
         "lymphocytes": "lymphocytes", "platelets": "platelets", "liver-tests": None, "pregnancy-test": "hcg",
         "infection-screen": "urinalysis"}


def check(rule, occurrence, opens, due, overdue_after, anchor_on, anchor_id):
    return {"rule": rule, "occurrence": occurrence, "opens": opens, "due": due, "overdue_after": overdue_after,
            "anchor_on": anchor_on, "anchor_id": anchor_id, "done_on": None, "missed": False}


def first_result(view, rule, lower):
    """First day from `lower` on at which the tests of this rule are there."""
    # Decision 0008, 12: done because it can be judged; an indeterminate hCG or a value without its `uln` cannot.
    if rule != "liver-tests":
        days = [d for d, r in view.series(CODES[rule]) if d >= lower and r["value"] != "indeterminate"]
        return min(days, default=None)
    found = [d for d, _ in view.series("liver_tests") if d >= lower]
    codes = ("alt", "ast", "bilirubin")
    parts = [[(d, r) for d, r in view.series(code) if d >= lower] for code in codes]
    for d in sorted({d for part in parts for d, _ in part}):
        newest = [[r for day, r in part if day <= d][-1:] for part in parts]
        if all(part and not blind_to(code, part[0]) for code, part in zip(codes, newest)):
            found.append(d)
            break
    return min(found, default=None)


def before_infusion(view):
    p, facts = view.p, view.f
    # "None of these exists once the course is paused or ended, nor while the verdict would be `stop`."
    if view.course_running() is None or view.paused():
        return []
    booked = view.plan()
    if booked is not None:
        due = booked                                       # "or on the planned day"
    elif view.last is not None:
        # "`next-infusion` is due 3 months (US, EU) or 1 month (FR) after the last"
        due = months(view.last, p["next_months"])
    else:
        return []                                          # "before the first infusion only a plan creates checks"
    # S1: "`next-infusion` with its checks is not asked for unless booked"
    if booked is None and dosing.little_left(view):
        return []
    if gate.evaluate(facts, max(due, view.upto), view.upto)["verdict"] == "stop":
        return []
    # Before the first infusion: the start of the course. A plan may be given up, and an anchor must stay.
    anchor = view.last if view.last is not None else max(d for d, _ in facts.course_ids if d <= view.upto)
    anchor = (anchor, view.anchor_id())
    late = plus(due, 14)
    # "opens 14 days before, overdue after 14"
    out = [check("next-infusion", view.to_come, plus(due, -14), due, late, *anchor)]
    for rule in CODES:
        if rule == "lymphocytes" and not p["lymphocytes"] or rule == "pregnancy-test" and not pregnancy_asked(view):
            continue
        fresh = p["fresh"][rule]
        # "open as many days before as their freshness (not before the day after the last infusion)"
        opens = plus(due, -fresh)
        if view.last is not None:
            opens = max(opens, plus(view.last, 1))
        # S1: counts "of day 14 after the previous infusion", "and their checks open no earlier than that day"
        recovered = view.recovering_until(due)             # what is given after that day is the matter of the gate
        if rule in COUNTS and recovered is not None:
            opens = max(opens, recovered)
        c = check(rule, view.to_come, opens, due, late, *anchor)
        # "a result on or after `opens` does them, and once the day has passed without an infusion only while it is
        #  still fresh (else the check is open again)"
        lower = opens if view.upto <= due else max(opens, plus(view.upto, -fresh))
        c["done_on"] = first_result(view, rule, lower)
        out.append(c)
    return out


def do_by(occurrences, days):
    """ "A result does the newest occurrence whose `opens` it has reached (one result at most one occurrence of a
    rule …); older undone ones become `missed`." Walk the results day by day."""
    for d in days:
        reached = [c for c in occurrences if c["opens"] <= d]
        if not reached:
            continue
        if reached[-1]["done_on"] is None:
            reached[-1]["done_on"] = d
        for c in reached[:-1]:
            if c["done_on"] is None:
                c["missed"] = True
    return occurrences


def series(rule, view, how_many):
    """cbc-follow-up, lvef-follow-up: from the last infusion ("run from the first infusion on and re-anchor at each")."""
    if view.last is None:
        return []
    step, opens, late = view.p["cbc_follow" if rule == "cbc-follow-up" else "lvef_follow"]
    out = []
    for n in range(1, how_many + 1):
        due = months(view.last, step * n)                  # K2 from the anchor, never chained
        out.append(check(rule, n, plus(due, -opens), due, plus(due, late), view.last, view.anchor_id()))
    return out


def now_checks(rule, marks):
    # "due the day of the symptom that asks for them, overdue after 1 day"; one check per day (decision 0008, 4)
    days = {d: origin for d, _, origin in reversed(marks)}
    return [check(rule, n + 1, d, d, plus(d, 1), d, days[d]) for n, d in enumerate(sorted(days))]


def recovery(view, counts):
    """ "`recovery-count` opens D+15, due D+21, overdue after D+28, where a nadir count was below 1.0 or 50" """
    out, (first, due, late) = [], view.p["recovery"]
    limits = {"neutrophils": frac("1"), "platelets": frac("50")}
    later = [i["on"] for i in view.infusions[1:]] + [None]
    for i, following in zip(view.infusions, later):
        # a low count after the next infusion is that one's nadir
        low = [d for code in limits for d, r in view.series(code)
               if i["on"] < d < plus(i["on"], due) and r["value"] < limits[code] and (following is None or d <= following)]
        if low:
            # "again": a count after the one that asks for it
            opens = max(plus(i["on"], first), plus(min(low), 1))
            c = check("recovery-count", i["number"], opens, plus(i["on"], due), plus(i["on"], late), i["on"], i["origin"])
            out.append(c)
    return do_by(out, counts)


def weekly(view, counts):
    """FR: "`cbc-weekly` k = 1…26: due first infusion + 7k days, opens 3 before, overdue after 3." """
    if not view.p["fr"] or not view.infusions:
        return []
    first = view.infusions[0]
    out = []
    for k in range(1, 27):
        due = plus(first["on"], 7 * k)
        out.append(check("cbc-weekly", k, plus(due, -3), due, plus(due, 3), first["on"], first["origin"]))
    return do_by(out, counts)


def at_the_end(view, lvefs):
    """FR: "`lvef-end`: due the day the course ends, opens 30 days before where that day is known, overdue after 30." """
    ends = [d for d in sorted(set(view.f.ends)) if d <= view.upto] if view.p["fr"] else []
    out = []
    for n, d in enumerate(ends):
        # nothing was given in that course: no end of treatment; "Without a running course: on the last one"
        ended = view.f.course_ended_on(d)
        if any(view.f.last_course_number(i["on"]) == ended for i in view.infusions):
            out.append(check("lvef-end", n + 1, plus(d, -30), d, plus(d, 30), d, None))
    return do_by(out, lvefs)


def repeats(view):
    """ "Every `critical-result` opens the check `critical-repeat`, due the next day, overdue after 2." """
    # numbered in the order in which their first values became known: one typed in late renumbers none (0006)
    # "a value that was preliminary before, with that report"
    def known(code, d, r):
        return min([r["origin"], *(n for second, n in view.f.early.get((code, d), ()) if second == r["second"])])

    found = sorted((known(code, *run["values"][0]), run["since"], code)
                   for code in laboratory.CODES for run in laboratory.runs(view, code))
    out = []
    for n, (_, d, code) in enumerate(found):
        c = check("critical-repeat", n + 1, plus(d, 1), plus(d, 1), plus(d, 2), d, None)   # a newer value does it
        c["done_on"] = min((x for x, _ in view.series(code) if x > d), default=None)
        out.append(dict(c, code=code))
    return out


ENZYMES = ("alt", "ast", "bilirubin")
NOT_DRAWN = ("height", "weight", "temperature")


def by_panel(view, code, d):
    """The first day by which all of one panel is there that answers an unfit sample of a day: "of each code the first
    value, of `liver_tests` the first normal one"; of the day itself also what was recorded before the sample (0006)."""
    days = []
    if code in (*ENZYMES, "alp"):
        days += [x for x, r in view.series("liver_tests") if x >= d and r["value"] == "normal"]
    if code in ("liver_tests", "alp"):
        parts = [[x for x, _ in view.series(part) if x >= d] for part in ENZYMES]
        days += [max(min(part) for part in parts)] if all(parts) else []
    return min(days, default=None)


def samples(view):
    """ "`sample-repeat` is due the day after an unfit sample, overdue after the second day, of whatever code: one check a
    code and day …; any value that counts, of its day or later, does it, but for that of an earlier sample of its day. It
    is not there while `critical-repeat` asks for the same … Nor is it there where all samples of the code and day were
    more than 30 days old when they were first recorded" (docs/decisions/0006). Samples: those that were not fit. """
    groups, out = {}, []
    for n, seq, d, code, newer in view.f.unfit:
        if d <= view.upto:
            groups.setdefault((n, d, code), []).append((seq, newer))
    for (n, d, code), reports in groups.items():
        if code in NOT_DRAWN:                              # "of `height`, `weight` and `temperature` there is no `sample-repeat`"
            continue
        if all((view.f.unfit_seen[seq] - d).days > view.p["old_value_days"] for seq, _ in reports):
            continue
        c = check("sample-repeat", n, d, plus(d, 1), plus(d, 2), d, None)
        earlier = any(newer for _, newer in reports)
        own = [x for x, _ in view.series(code) if x > d or x == d and not earlier]
        beside = by_panel(view, code, d)
        c["done_on"] = min(own + ([] if beside is None else [beside]), default=None)
        if not asked_already(view, code, [(d, seq) for seq, _ in reports]):
            out.append(c)
    return out


def asked_already(view, code, unfit):
    """Whether a `critical-repeat` asks for the same: "a sample that was taken from the day of the value until its repeat is
    overdue; of a waived one where who waived it had seen the sample" (docs/decisions/0006)"""
    given = gate.waivers(view.f, view.upto, "critical-repeat")
    for c in repeats(view):
        if c["code"] != code or c["done_on"] is not None or not c["anchor_on"] <= unfit[0][0] <= c["overdue_after"]:
            continue
        of_it = [w for w in given if gate.same(w, c["occurrence"], None)]
        if not of_it or any(gate.covers(w, unfit) for w in of_it):
            return True
    return False


def plain(view):
    """Every check there is on that day, without waivers."""
    if view.closed():                                      # "nothing goes on once the patient is closed"
        return []
    if not view.course_started():                          # "hold for a registered patient without a course as well"
        return repeats(view) + samples(view)
    out = before_infusion(view) + repeats(view) + samples(view)
    counts, lvefs = view.count_days(), [d for d, _ in view.series("lvef")]
    out += recovery(view, counts) + weekly(view, counts) + at_the_end(view, lvefs)
    first, due, late = view.p["nadir"]                     # "opens D+7, due D+10, overdue after D+14"
    nadirs = [check("cbc-nadir", i["number"], plus(i["on"], first), plus(i["on"], due), plus(i["on"], late), i["on"], i["origin"])
              for i in view.infusions]
    out += do_by(nadirs, counts)
    out += do_by(series("cbc-follow-up", view, view.p["cbc_count"]), counts)
    # "yearly; US without end, EU and FR 5": forty years stand for "without end"
    out += do_by(series("lvef-follow-up", view, view.p["lvef_count"] or 40), lvefs)
    out += do_by(now_checks("cbc-now", view.symptom_marks(INFECTION | BLEEDING)), counts)
    out += do_by(now_checks("lvef-now", view.symptom_marks(CARDIAC)), lvefs)
    return out


def all_checks(facts, as_of):
    view = View(facts, as_of)
    out = plain(view)
    for c in out:
        is_waived = any(gate.same(w, c["occurrence"], c["anchor_id"]) for w in gate.waivers(facts, as_of, c["rule"]))
        if c["done_on"] is not None:
            c["state"] = "done"                            # decision 0008, 32: done, also where it had been waived
        elif is_waived:
            c["state"] = "waived"
        elif c["missed"]:
            c["state"] = "missed"
        elif as_of < c["opens"]:
            c["state"] = "ahead"                           # "`ahead` before `opens`, `overdue` after `overdue_after`"
        elif as_of > c["overdue_after"]:
            c["state"] = "overdue"
        else:
            c["state"] = "open"
    return out


def upcoming(facts, as_of, until=None, states=None):
    until = until or plus(as_of, 90)                       # "default horizon 90 days, overdue always included"
    # "Lists `ahead`, `open`, `overdue` with `due` ≤ `until`; `done`, `missed`, `waived` only with `--state`."
    wanted = set(states) if states else {"ahead", "open", "overdue"}
    out = []
    for c in all_checks(facts, as_of):
        if c["state"] not in wanted:
            continue
        if c["state"] in ("ahead", "open") and c["due"] > until:
            continue
        row = {k: (c[k].isoformat() if c[k] is not None else None)
               for k in ("opens", "due", "overdue_after", "anchor_on", "done_on")}
        row.update(rule=c["rule"], occurrence=c["occurrence"], state=c["state"],
                   late=None if c["done_on"] is None else c["done_on"] > c["overdue_after"])
        out.append(row)
    return sorted(out, key=lambda r: (r["due"], r["rule"], r["occurrence"]))
