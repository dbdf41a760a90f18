"""dose_advice (EU): clinical §2.4 and contract §6."""
from copy import copy

from .nums import days_from_to, frac, plus
from .table import INFECTION


def grade(value, limits):
    """WHO grade; "Encode as half-open (grade 2 = 1.0 ≤ x <1.5)"."""
    return sum(1 for limit in limits if value < frac(limit))


def dose_advice(view, on):
    """ "A count that is not final … and would say more is `clinician` until one of its own day counts" (0006)"""
    plain = of_final(view, on)
    return {"decision": "clinician", "mg_per_m2": None} if is_open(view, on) and (plain or {}).get(
        "decision", "clinician") == "clinician" else plain


def marks(view, on):
    """(day, seq) of the signs of infection and the low counts since the last infusion that advice may rest on."""
    found = [(d, seq) for d, seq, _ in view.symptom_marks(INFECTION)]
    found += [(d, r["seq"]) for d, r in view.series("urinalysis") if r["value"] == "infection"]
    found += [(d, seq) for d, v, seq, _ in view.f.answers.get("active_infection", []) if v == "yes" and d <= view.upto]
    for code, limit in (("neutrophils", "2.0"), ("leucocytes", "4.0")):
        found += [(d, r["seq"]) for d, r in view.series(code) if r["value"] < frac(limit)]
    return [m for m in found if view.last is not None and view.last < m[0] <= on]


def gravity(advice):
    if advice is None:
        return (0, 0)
    return ["clinician", "reduce", "stop"].index(advice["decision"]) + 1, -frac(advice["mg_per_m2"] or "0")


def is_open(view, on):
    """Whether counts and signs of infection that are not final would say more than those that are."""
    early = copy(view)
    early.f, early._series = copy(view.f), {}
    early.f.results = {code: dict(known) for code, known in view.f.results.items()}
    worst = {"neutrophils": lambda r: -r["value"], "leucocytes": lambda r: -r["value"],
             "temperature": lambda r: r["value"], "urinalysis": lambda r: r["value"] == "infection"}
    for (code, d), several in view.f.unsure.items():
        if code in worst and d <= view.upto:
            known = [*several, *([view.f.results[code][d]] if d in view.f.results.get(code, {}) else [])]
            early.f.results.setdefault(code, {})[d] = max(known, key=worst[code])
    return gravity(of_final(early, on)) > gravity(of_final(view, on))


def of_final(view, on):
    # "(EU)"; "null before the first infusion"
    if not view.p["advice"] or view.last is None:
        return None
    symptoms = set(view.symptom_days(INFECTION))
    urine = {d for d, r in view.series("urinalysis") if r["value"] == "infection"}

    # "`active_infection` yes lasts until a newer answer"; "unknown" is the same as no answer (decision 0008, 18)
    from .facts import View
    days = sorted({d for d, *_ in view.f.answers.get("active_infection", []) if d <= view.upto})
    states = [(d, View(view.f, d).answer("active_infection", {"yes"})[1]) for d in days]
    ill = [(d, days[n + 1] if n + 1 < len(days) else None) for n, (d, v) in enumerate(states) if v == "yes"]

    def infected(d):
        # "infection is an infection symptom, `active_infection` yes or `urinalysis` infection";
        # "`active_infection` yes lasts until a newer answer"
        return d in symptoms or d in urine or any(first <= d and (end is None or d < end) for first, end in ill)

    neutrophils, leucocytes = dict(view.series("neutrophils")), dict(view.series("leucocytes"))

    def grades(days):
        # S1: "`dose_advice` goes by the worse of neutrophils and leucocytes"
        found = [grade(neutrophils[d]["value"], ["2.0", "1.5", "1.0", "0.5"]) for d in days if d in neutrophils]
        return found + [grade(leucocytes[d]["value"], ["4.0", "3.0", "2.0", "1.0"]) for d in days if d in leucocytes]

    until = on                                             # a "yes" of today "lasts until a newer answer": on that day too
    since = days_from_to(plus(view.last, 1), until)        # counts of the infusion's own day are before it
    after = [d for d in since if d <= plus(view.last, 21)]                 # "within 21 days after infusion"
    # "within 7 days before next infusion", but of this interval: what lies before the last infusion was the matter
    # of its own gate ("newer than the previous infusion", K3)
    before = days_from_to(max(plus(on, -7), plus(view.last, 1)), until)
    outside = [d for d in since if d not in after and d not in before]

    after_ill, before_ill = any(map(infected, after)), any(map(infected, before))
    after_grades, before_grades = grades(after), grades(before)
    worst_after, worst_before = max(after_grades, default=0), max(before_grades, default=0)

    doses = []                                             # "Needs *both* infection … *and* the grade", same window
    if after_ill and worst_after == 3:
        doses.append("10.00")
    if after_ill and worst_after == 4:
        doses.append("8.00")
    if before_ill and worst_before == 1:
        doses.append("9.00")
    if before_ill and worst_before == 2:
        doses.append("6.00")
    if before_ill and worst_before >= 3:
        return {"decision": "stop", "mg_per_m2": None}
    if doses:
        return {"decision": "reduce", "mg_per_m2": min(doses, key=frac)}
    # "`clinician` where only one of the two is there (grade ≥ 3 within 21 days, grade ≥ 2 within 7 days before,
    #  or infection without a count), or both lie outside the windows; otherwise null"
    only_count = (worst_after >= 3 and not after_ill) or (worst_before >= 2 and not before_ill)
    only_infection = ((after_ill and not after_grades) or (before_ill and not before_grades)
                      or (any(map(infected, outside)) and not grades(since)))
    both_outside = any(map(infected, outside)) and max(grades(outside), default=0) >= 1       # "a count": grade 1 is low
    if only_count or only_infection or both_outside:
        return {"decision": "clinician", "mg_per_m2": None}
    return None
