"""critical-result and unexplained-cytopenia (contract S1, clinical/critical-values.md)."""
from .facts import ends
from .nums import frac, months, plus
from .table import BLEEDING, CARDIAC

CODES = ["neutrophils", "leucocytes", "platelets", "haemoglobin", "bilirubin", "alt", "ast", "creatinine"]
FALLS = ("haemoglobin", "creatinine")                      # whose rows ask for a fall or a rise
LARGEST_ULN = 100                                          # of alt and ast: what laboratories print, at most (0006)
LINES = {"neutrophils": "1.5", "platelets": "100", "haemoglobin": "100"}


def within(view, code, d, last):
    """Whether a count lies in D0 to D+last of any infusion; of D0 not one that was on record before the infusion
    was: to give the drug calms nothing that was said before (docs/decisions/0006, no dose calms)."""
    return expected(view, d, view.f.results[code][d]["first_at"], last)


def expected(view, d, first_at, last):
    return any(given < d <= plus(given, last) or (given == d and first_at >= at) for given, at in view.given())


def reach(code, d):
    """The last day on which a value of a day is still held against: "within 28 days", "a year" (0006: 12 months)."""
    return months(d, 12) if code == "creatinine" else plus(d, 28)


def in_row(view, code, d, r, before, begun):
    """Whether a value is one the laboratory telephones; `before` is (day, result) of the last before the run."""
    v, (day_before, earlier) = r["value"], before
    match code:
        case "neutrophils":                                # "< 1.0 outside D0 to D+20 …; < 0.5 always"
            # an infusion given in a run excuses no value of it (docs/decisions/0006, no dose calms)
            return v < frac("0.5") or v < 1 and (begun or not within(view, code, d, 20))
        case "leucocytes":                                 # "< 1.0; > 30"
            return v < 1 or v > 30
        case "platelets":
            return v < 50
        case "haemoglobin":                                # "< 80 g/L, or a fall of 20 g/L within 28 days"
            near = earlier and (begun or d <= reach(code, day_before))
            return v < 80 or bool(near and earlier["value"] - v >= 20)
        case "bilirubin":
            return v > 171
        case "alt" | "ast":                                # "> 10 x own uln (no uln: > 500 U/L)"
            # "where the `uln` … is above what laboratories print the row without a limit counts as well" (0006)
            return v > (500 if r["uln"] is None or r["uln"] > LARGEST_ULN else 10 * r["uln"])
        case _:                                            # "> 354 umol/L, or more than twice the last value within a year"
            near = earlier and (begun or d <= reach(code, day_before))
            return v > 354 or bool(near and v > 2 * earlier["value"])


def runs(view, code):
    """Every run: {"since", "values": [(day, result)], "against": [(day, result)] that a fall or rise is held against,
    "ended": day of the value that ended it, else None}."""
    out, run, before, earlier = [], None, (None, None), []
    for d, r in view.series(code):
        # "compared with the last value before the run began; the run ends when that no longer holds"
        if run is None:
            before = best(earlier, code, d)
        earlier.append((d, r))
        critical = [end for end in ends(r) if in_row(view, code, d, end, before, run is not None)]
        if critical:
            if run is None:
                held = [before] if code in FALLS and before[1] is not None else []
                run = {"code": code, "since": d, "values": [], "against": held, "ended": None}
                out.append(run)
            run["values"] += [(d, end) for end in critical]
            continue
        if run is not None:
            run["ended"], run = d, None
    return out


def best(earlier, code, d):
    """The best of the row's window before a run, else the last value (docs/decisions/0006, in small steps)."""
    near = [x for x in earlier if code in FALLS and d <= reach(code, x[0])]
    if not near:
        return earlier[-1] if earlier else (None, None)
    # "That value, the newest of several as good, is one of the facts of what is said"
    return (max if code == "haemoglobin" else min)(reversed(near), key=lambda x: x[1]["value"])


def severity(view, run):
    # "A value more than 30 days old when this program first sees it is `caution`, not urgent": a run that was seen in
    # time stays what it was, whatever old value is typed into it later.
    in_time = [(d, r) for d, r in run["values"] if (r["recorded_on"] - d).days <= view.p["old_value_days"]]
    d, r = (in_time or run["values"])[-1]
    # "from 14 days before the value until the warning ends"; where all came late, before it was seen
    from_day = plus(run["since"] if in_time else r["recorded_on"], -14)
    group = BLEEDING if run["code"] == "platelets" else CARDIAC if run["code"] == "haemoglobin" and r["value"] < 70 else ()
    run["beside"] = any(x >= from_day for x in view.symptom_days(group))
    if run["beside"]:
        return "emergency"
    if not in_time:
        return "caution"
    return "emergency" if run["code"] == "platelets" and r["value"] < 20 else "urgent"


def standing(view):
    """[(run, severity)] of all that stand, whatever other rule says the same.

    "With bleeding preliminary platelets below 50, and with a symptom of the heart a preliminary haemoglobin below 70, are
    the emergency `critical-result`; a standing urgent one of their code gives way to it" (docs/decisions/0006)"""
    out = final(view, CODES)
    early = view.with_preliminary(("platelets", "haemoglobin"))
    unsure = {r["seq"] for several in view.f.unsure.values() for r in several}
    for run, how in final(early, ("platelets", "haemoglobin")) if early is not None else ():
        same = [x for x in out if (x[0]["code"], x[0]["since"]) == (run["code"], run["since"])]
        if run["beside"] and any(r["seq"] in unsure for _, r in run["values"]) and ("emergency" not in {h for _, h in same}):
            out = [x for x in out if x not in same] + [(run, how)]
    return out


def final(view, codes):
    found = [run for code in codes for run in runs(view, code)]
    return [(run, severity(view, run)) for run in found if run["ended"] is None]


def unexplained(view, waived):
    """Days since which low counts are unexplained and `waived` by nobody: [since]"""
    low = {code: [(d, r["seq"]) for d, r in view.series(code) if r["value"] < frac(LINES[code])] for code in LINES}
    current = {}                                           # code -> the lows since the last normal value
    for code in LINES:
        normal = [d for d, r in view.series(code) if r["value"] >= frac(LINES[code])]
        current[code] = [m for m in low[code] if not normal or m[0] > normal[-1]]
    # "from D+21 on where two of neutrophils < 1.5, platelets < 100, haemoglobin < 100 are low": of D+21 to D+28 one
    # at least, "beyond these it is `suspected-leukaemia`" (docs/decisions/0006)
    late = [(code, m) for code in LINES for m in current[code] if not within(view, code, m[0], 20)]
    pairs = sorted((max(a, b), min(a, b)) for ca, a in late for cb, b in late
                   if ca < cb and abs((a[0] - b[0]).days) <= 7 and (within(view, ca, a[0], 28) or within(view, cb, b[0], 28)))
    together = next((pair for pair in pairs if not waived(pair)), ())
    out = [together[0][0]] if together else []
    for code in LINES:
        # "in two results 14 days or more apart, both outside D0 to D+28 of any infusion, no normal one between"
        outside = [m for m in current[code] if not within(view, code, m[0], 28)]
        twice = [(outside[0], m) for m in outside if (m[0] - outside[0][0]).days >= 14]
        # a waiver "never covers facts newer than itself": a newer low value makes a newer pair
        pair = next((pair for pair in twice if not waived(pair)), None)
        if pair and pair[1] not in together:               # "One count raises one message"
            out.append(pair[1][0])
    return out
