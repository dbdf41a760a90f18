"""Requirements before every infusion that rest on a test result."""
from .asked import req
from .nums import frac, plus
from .table import BLEEDING, CARDIAC, INFECTION


def age_state(rule, view, on, taken):
    """met | caution | unknown by the day the result was taken."""
    if taken is None or taken > on:
        return "unknown"
    # "newer than the previous infusion, not later than this one (K3)"
    if view.last is not None and taken <= view.last:
        return "unknown"
    old = (on - taken).days
    if old <= view.p["fresh"][rule]:                       # "Exactly the figure is still fresh."
        return "met"
    # "older is `caution`, beyond 90 days `unknown`"; "Before the first infusion … older is `unknown` throughout"
    if rule in view.p["old_is_caution"] and view.last is not None and old <= view.p["old_limit"]:
        return "caution"
    return "unknown"


def simple(rule, code, view, on, bad, adverse_days=()):
    d, r = view.newest(code)
    if r is not None and bad(r):
        return req(rule, "not_met", adverse=[d])           # "an out-of-limit newest result is `not_met` whatever its age"
    return req(rule, age_state(rule, view, on, d), adverse=adverse_days)


def lvef(view, on):
    d, r = view.newest("lvef")
    low = [x for x, v in view.series("lvef") if v["value"] < view.f.lvef_floor(v)]
    if r is not None and low and low[-1] == d:
        return req("lvef", "not_met", "stop", [d])         # *stop*: "`lvef` below its floor"
    hearts = [x for x in view.symptom_days(CARDIAC) if d is None or x > d]
    if low:
        # "after an LVEF below its floor … a later good one is `not_met` (hold) until waived"
        return req("lvef", "not_met", adverse=[low[-1]] + hearts)
    if hearts:
        # "after a cardiac one … `lvef` unknown … until a result of that day or later"
        return req("lvef", "unknown", adverse=hearts)
    state = age_state("lvef", view, on, d)
    # "A fall of 10 points or more from the first LVEF on record, still at or above the floor, is `caution`."
    if state == "met" and view.series("lvef")[0][1]["value"] - r["value"] >= frac(view.p["lvef_fall"]):
        state = "caution"
    return req("lvef", state)


def cardiac_exam(view, on):
    d, r = view.newest("cardiac_exam")
    hearts = [x for x in view.symptom_days(CARDIAC) if d is None or x > d]
    bad = [d] if r is not None and r["value"] == "abnormal" else []
    if hearts or bad:                                      # "after a cardiac one `cardiac-exam` is `not_met`"
        return req("cardiac-exam", "not_met", adverse=hearts + bad)
    return req("cardiac-exam", age_state("cardiac-exam", view, on, d))


def platelets(view, on):
    d, r = view.newest("platelets")
    low = r is not None and r["value"] < frac(view.p["platelets_min"])
    if low and view.p["platelets_hold"]:
        return req("platelets", "not_met", adverse=[d])    # FR; "`platelets` below 100 (US, EU)" are caution only
    bled = [x for x in view.symptom_days(BLEEDING) if d is None or x > d]
    if bled:
        return req("platelets", "unknown", adverse=bled)   # "after bleeding `platelets` unknown"
    state = age_state("platelets", view, on, d)
    # "a value that is only `caution` does not excuse age"
    return req("platelets", "caution" if low and state == "met" else state)


def liver_days(view):
    """(newest abnormal finding or None, newest complete normal one or None). alp is not asked for."""
    abnormal = [d for d, r in view.series("liver_tests") if r["value"] == "abnormal"]
    normal = [d for d, r in view.series("liver_tests") if r["value"] == "normal"]
    newest = []
    for code in ("alt", "ast", "bilirubin"):
        abnormal += [d for d, r in view.series(code) if r["uln"] is not None and r["value"] > r["uln"]]
        d, r = view.newest(code)
        # "each not above its own `uln` (no `uln`: unknown)"
        if r is not None and r["uln"] is not None and r["value"] <= r["uln"]:
            newest.append(d)
    if len(newest) == 3:
        normal.append(min(newest))                         # as old as its oldest part
    return max(abnormal, default=None), max(normal, default=None)


def liver_tests(view, on):
    abnormal, normal = liver_days(view)
    # "An abnormal liver finding counts until a newer complete normal one."
    if abnormal is not None and (normal is None or normal <= abnormal):
        return req("liver-tests", "not_met", adverse=[abnormal])
    return req("liver-tests", age_state("liver-tests", view, on, normal))


def pregnancy_asked(patient):
    # "asked unless `can_conceive` is false, or is not recorded and sex is male"
    can = patient.get("can_conceive")
    if can is False:
        return False
    return not (can is None and patient.get("sex") == "male")


def pregnancy_test(view, on):
    d, r = view.newest("hcg")
    positive = [x for x, v in view.series("hcg") if v["value"] == "positive"]
    if r is not None and r["value"] == "positive":
        return req("pregnancy-test", "not_met", "stop", [d])
    if positive:                                           # "after … a positive hCG a later good one is `not_met` (hold)"
        return req("pregnancy-test", "not_met", adverse=[positive[-1]])
    if r is not None and r["value"] == "indeterminate":    # not known to be negative
        return req("pregnancy-test", "unknown", adverse=[d])
    return req("pregnancy-test", age_state("pregnancy-test", view, on, d))


def infection_screen(view, on):
    d, r = view.newest("urinalysis")
    against = []
    if r is not None and r["value"] == "infection":
        against.append(d)
    asked_on, active = view.answer("active_infection")
    if active == "yes":
        against.append(asked_on)
    # "no infection symptom was recorded in the 14 days before"; "spans of 14 days include day 14"
    against += [x for x in view.symptom_days(INFECTION) if plus(on, -view.p["symptom_days"]) <= x <= on]
    if against:
        return req("infection-screen", "not_met", adverse=against)
    return req("infection-screen", age_state("infection-screen", view, on, d))


def all_before(view, on):
    below = lambda limit: lambda r: r["value"] < frac(view.p[limit])       # K5 `<` strict
    out = [lvef(view, on), simple("ecg", "ecg", view, on, lambda r: r["value"] == "abnormal"),
           cardiac_exam(view, on), simple("neutrophils", "neutrophils", view, on, below("neutrophils_min"))]
    if view.p["lymphocytes"]:
        out.append(simple("lymphocytes", "lymphocytes", view, on, below("lymphocytes_min")))
    out += [platelets(view, on), liver_tests(view, on)]
    if pregnancy_asked(view.patient):
        out.append(pregnancy_test(view, on))
    return out + [infection_screen(view, on)]
