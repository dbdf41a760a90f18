"""May the next infusion go ahead?"""
from . import advice as advice_module
from . import asked, before, dosing, exposure, leukaemia
from .asked import req
from .facts import View
from .nums import dec, frac, half_up
from .table import CEILINGS

RANK = ["clear", "caution", "hold", "stop"]


# "a newest LVEF below its floor, a newest positive hCG", and S2
NEVER = {("lvef", "stop"), ("pregnancy-test", "stop"), ("route", "stop"), ("hypersensitivity", "stop"),
         ("prior-mitoxantrone", "stop")}
# "Where the fact is an argument of `gate` …, a waiver is stored and has no effect on such an answer"
ARGUMENTS = {"dose-size", "route"}

UNSURE = {"lvef": ("lvef", lambda view, r: r["value"] < view.f.lvef_floor(r)),
          "pregnancy-test": ("hcg", lambda view, r: r["value"] == "positive"),
          "neutrophils": ("neutrophils", lambda view, r: r["value"] < frac("0.5"))}


def never(view, r):
    """S2: "What cannot be waived" """
    if r["rule"] == "lifetime-dose":
        return not r.get("may_waive")                      # "may be waived (to `caution` …)" where it is unknown
    if r["rule"] == "neutrophils" and r["state"] == "not_met":
        newest = view.newest("neutrophils")[1]
        if newest is not None and newest["value"] < frac("0.5"):      # "neutrophils below 0.5"
            return True
    if r["rule"] in UNSURE and r["verdict"] == "hold":     # "What could not be waived if it … were final is not waived now"
        code, bad = UNSURE[r["rule"]]
        return bool(view.preliminary(code, lambda found: bad(view, found)))
    return (r["rule"], r["verdict"]) in NEVER or r["rule"] in CEILINGS | ARGUMENTS


def waivers(facts, upto, rule):
    # "a waiver … happen[s] on [its] day"
    return [e for e in facts.extra if e["kind"] == "waive" and e["rule"] == rule and e["on"] <= upto]


def covers(waiver, used):
    """ "never covers facts newer than itself": none happened, or was recorded, later (decision 0008, 30)."""
    return all(d <= waiver["on"] and seq < waiver["seq"] for d, seq in used)


def same(waiver, occurrence, anchor_id):
    """ "`waive` makes one occurrence (with its anchor) …; it lapses at the next infusion" """
    return waiver["occurrence"] == occurrence and waiver["anchor"] == anchor_id


def waived(facts, view, requirement):
    """`caution`, never `met`; "a newest LVEF below its floor, a newest positive hCG and the ceilings cannot be waived"."""
    if requirement["state"] in ("met", "caution") or never(view, requirement):
        return requirement
    for w in waivers(facts, view.upto, requirement["rule"]):
        # S2: "for the one after it only where its `--on` is later than that infusion's day"
        for_it = view.last is None or w["on"] > view.last
        if same(w, view.to_come, view.anchor_id()) and for_it and covers(w, requirement["used"]):
            return dict(requirement, state="caution", verdict="caution")
    return requirement


def evaluate(facts, on, as_of, *, dose_mg=None, height_cm=None, weight_kg=None, bsa_m2=None, route="iv",
             need_course=True, own=None, number=None, earlier=()):
    # "`gate` counts facts up to the earlier of `--on` and today; an infusion recorded on `--on` itself is left out."
    view = View(facts, min(on, as_of), before=on)
    if number is not None:                                 # as of the moment the infusion of that number was given
        view = View(facts, on)
        view.only(number - 1)
    if need_course and view.course_running() is None:
        raise LookupError("no course is running")          # "It means the running course (… none running: exit 2)"
    dosed = dose_mg is not None
    bsa = dosing.gate_bsa(view, on, height_cm, weight_kg, bsa_m2)
    measured = []
    if dosed and bsa is None:                              # "A dose without a BSA takes it from … results"
        bsa, measured = dosing.result_bsa(view, on)
    if own is not None:                                    # given: the surface is that of the infusion itself
        measured = [own] if bsa_m2 is not None else measured
    mg = frac(dose_mg)
    per_m2 = mg / bsa if dosed and bsa is not None else None
    advice = advice_module.dose_advice(view, on)

    requirements = asked.all_asked(view, on) + before.all_before(view, on)
    # S1: "a gate on that day counts the earlier part against every ceiling"
    full = View(facts, min(on, as_of)) if number is None else None
    requirements += dosing.all_dosing(view, on, dosed, mg, bsa, per_m2, advice, route, measured, full, earlier)
    requirements = [waived(facts, view, r) for r in requirements]
    # "`suspected-leukaemia`, which the gate lists as a requirement while its warning stands unwaived" (stop)
    since, used = leukaemia.standing(view)
    if since is not None:
        requirements.append(req("suspected-leukaemia", "not_met", "stop", used))
    from . import beside                                   # which asks for gates itself
    requirements += beside.listed(view)
    requirements += beside.not_final(view, requirements)

    # "The overall verdict is the worst of the requirements' own, of `dose_advice` (stop; clinician, and reduce
    #  without a dose given: caution), and of a paused course or a closed patient (hold)."
    verdicts = ["clear"] + [r["verdict"] for r in requirements]
    if advice and advice["decision"] == "stop":
        verdicts.append("stop")
    if advice and advice_module.is_open(view, on):
        verdicts.append("caution")
    if advice and (advice["decision"] == "clinician" or (advice["decision"] == "reduce" and not dosed)):
        verdicts.append("caution")
    # S1: "that infusion is left out, *named* (`"left_out":[facts]`), and the verdict is at least `caution`"
    left_out = [i["origin"] for g in facts.groups for i in g if i["on"] == on <= as_of] if number is None else []
    if left_out:
        verdicts.append("caution")
    paused, closed = view.paused(own), view.closed(own)
    if paused or closed:
        verdicts.append("hold")
    return {"on": on.isoformat(), "verdict": max(verdicts, key=RANK.index),
            "requirements": [{k: r[k] for k in ("rule", "state", "verdict")} for r in requirements], "full": requirements,
            "dose": {"mg": str(dec(dose_mg)), "bsa_m2": half_up(bsa, 4), "mg_per_m2": half_up(per_m2, 2)}
            if dosed else None,
            "dose_advice": advice, "left_out": left_out,
            "exposure": exposure.gate_exposure(view, bsa, per_m2),
            "paused": paused, "closed": closed}
