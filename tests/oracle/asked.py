"""Requirements asked before the first infusion, listed at every gate."""
from .nums import day, frac, months
from .table import CARDIAC_FACTS


def req(rule, state, verdict=None, used=()):
    """`used`: (day, seq) of every fact that by itself keeps the requirement from being met."""
    verdict = verdict or {"met": "clear", "caution": "caution", "unknown": "hold", "not_met": "hold"}[state]
    return {"rule": rule, "state": state, "verdict": verdict, "used": list(used)}


def never_recorded(rule, view):
    """ "Before the first infusion on record `unknown` holds; at later ones state and verdict are `caution`" """
    return req(rule, "caution") if view.infusions else req(rule, "unknown")


def indication(view, on):
    d, ms, seq = view.said("ms_type")
    if ms is None:
        return never_recorded("indication", view)
    if ms in view.p["indication_met"]:
        return req("indication", "met")
    if ms in view.p["indication_caution"]:
        return req("indication", "caution")
    return req("indication", "not_met", used=[(d, seq)])     # "anything else `not_met` (hold, primary progressive too)"


def alternatives(view, on):
    # "*caution* only (state `caution`): `alternatives` not recorded"
    return req("alternatives", "met" if view.answer("alternatives")[1] is not None else "caution")


def prior_mitoxantrone(view, on):
    rule = "prior-mitoxantrone"
    d, value, seq = view.said("prior_mitoxantrone_mg_m2")
    if view.p["prior_is_stop"]:
        # "in EU and FR infusions of an earlier course count as prior mitoxantrone"
        now = view.f.last_course_number(view.upto)
        used = [(i["on"], i["seq"]) for i in view.infusions if view.f.last_course_number(i["on"]) < now]
        # S1: "infusions more than 14 days before the course began are earlier treatment"
        begun = min(view.f.courses, default=view.upto)
        used += [(i["on"], i["seq"]) for i in view.infusions if (begun - i["on"]).days > view.p["earlier_treatment_days"]]
        if value is not None and frac(value) > 0:
            used.append((d, seq))
        if used:
            return req(rule, "not_met", "stop", used)   # stop: "`prior-mitoxantrone` (EU, FR)"
    if value is None:
        return never_recorded(rule, view)
    return req(rule, "met")                                # EL4 "US: add to lifetime sum"


def amounts(view):
    """Marks of the amounts of before that say yes: "the newest answer to each amount counts"; one that nobody knows any
    more does not take a number back (decision 0008, 18; 0006, an amount of before says yes)."""
    found = []
    for name in AMOUNTS:
        d, value, seq = view.said_amount(name)
        found += [(d, seq)] if value is not None and frac(value) > 0 else []
    return found


def cardiac_risk(view, on):
    rule, p = "cardiac-risk", view.p
    # A later "unknown" does not take back a "yes" that holds or stops; a "yes" that is only a caution it does (0008, 18).
    grave = p["cardiac_risk_stop"] | p["cardiac_risk_hold"]
    said = {name: view.said(name, {"yes"} if name in grave else None) for name in CARDIAC_FACTS}
    # S1: "infusions of a related anthracycline … on record count as `prior_anthracycline` yes, whatever was answered"
    given = [max(view.related)] if view.related else []     # "from its day on", whatever was recorded first
    # "An amount above 0 is a yes to the question that asks for the same under another name, whatever was answered there"
    given += amounts(view)                                 # "An infusion on record and an amount are both facts of it"
    days = [(said[n][0], said[n][2]) for n in CARDIAC_FACTS if said[n][0]] + given
    if given:
        said["prior_anthracycline"] = (max(given)[0], "yes", max(given)[1])
    yes = [n for n in CARDIAC_FACTS if said[n][1] == "yes"]
    if any(n in p["cardiac_risk_stop"] for n in yes):
        return req(rule, "not_met", "stop", days)
    if any(n in p["cardiac_risk_hold"] for n in yes):
        return req(rule, "not_met", used=days)
    if any(said[n][1] is None for n in CARDIAC_FACTS):
        return dict(never_recorded(rule, view), used=days)    # K4 missing = HOLD, also beside a "yes" of another
    return req(rule, "caution" if yes else "met", used=days)  # "*caution* only: `cardiac-risk` (US, EU)"


def yes_no(rule, fact, view, speaks_against, verdict="hold"):
    d, value, seq = view.said(fact, {speaks_against})
    if value is None:
        return dict(never_recorded(rule, view), used=[(d, seq)] if d else [])
    return req(rule, "not_met", verdict, [(d, seq)]) if value == speaks_against else req(rule, "met")


def age(view, on):
    born = view.patient.get("born")
    if not born:
        return never_recorded("age", view)
    # "`age` under 18" caution: the age on the day of the gate
    return req("age", "caution" if on < months(day(born), 18 * 12) else "met")


AMOUNTS = ["prior_doxorubicin_mg_m2", "prior_daunorubicin_mg_m2", "prior_epirubicin_mg_m2", "prior_idarubicin_mg_m2",
           "prior_related_converted_mg_m2"]
BESIDE_FACTS = ("pregnancy", "malignancy", "hiv", "tuberculosis", "hepatitis_b", "hepatitis_c")
BESIDE_CODES = {"skin_exam": "abnormal", "hpv_screen": "abnormal", "thyroid_tests": "abnormal", "urine_cells": "red_cells"}


def recorded_against(view):
    """What is recorded and no requirement asks for is listed while it speaks against (docs/decisions/0006). Heart, liver,
    breast-feeding, infection, hCG, LVEF and ECG are asked for by mitoxantrone's own requirements."""
    said = {name: view.said(name, {"yes"}) for name in BESIDE_FACTS}
    marks = [(d, seq) for d, value, seq in said.values() if value == "yes"]
    for code, wrong in BESIDE_CODES.items():
        bad = lambda r, wrong=wrong: r["value"] == wrong
        d, r = view.newest(code)
        marks += [(d, r["seq"])] if r is not None and bad(r) else []
        # "What nobody asks for (`recorded-against`) is a `caution`": a newer sample that was not fit, or is not final
        marks += view.preliminary(code, bad) + view.not_fit(code)
    if not marks:
        return []
    if said["pregnancy"][1] == "yes":
        return [req("recorded-against", "not_met", "stop", used=marks)]
    return [req("recorded-against", "caution", used=marks)]


def all_asked(view, on):
    out = [indication(view, on), alternatives(view, on), prior_mitoxantrone(view, on), cardiac_risk(view, on),
           yes_no("hypersensitivity", "hypersensitivity", view, "yes", "stop")]     # *stop*: `hypersensitivity`
    if view.patient.get("sex") != "male":                  # "`breast-feeding` (EL7; absent where sex is male)"
        out.append(yes_no("breast-feeding", "breast_feeding", view, "yes"))
    elif view.said("breast_feeding", {"yes"})[1] == "yes":   # S1: "`yes` speaks against whatever the sex"
        out.append(yes_no("breast-feeding", "breast_feeding", view, "yes"))
    out.append(yes_no("liver-disease", "hepatic_impairment", view, "yes",
                      "stop" if view.p["liver_disease_stop"] else "hold"))          # *stop*: `liver-disease` (FR)
    out.append(age(view, on))
    out += recorded_against(view)
    if view.p["fr"]:
        out.append(yes_no("treatment-agreement", "treatment_agreement", view, "no"))
    return out
