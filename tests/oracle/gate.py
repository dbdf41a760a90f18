"""May the next infusion go ahead?"""
from . import advice as advice_module
from . import asked, before, dosing, exposure, leukaemia
from .asked import req
from .facts import View
from .nums import dec, frac, half_up
from .table import CEILINGS

RANK = ["clear", "caution", "hold", "stop"]


def refused(facts, waiver):
    """ "a newest LVEF below its floor, a newest positive hCG and the ceilings cannot be waived (exit 2)" """
    then, rule = View(facts, waiver["on"]), waiver["rule"]
    if rule in CEILINGS:
        return True
    if rule == "lvef":
        _, r = then.newest("lvef")
        return r is not None and r["value"] < facts.lvef_floor(r)
    if rule == "pregnancy-test":
        _, r = then.newest("hcg")
        return r is not None and r["value"] == "positive"
    return False


def waivers(facts, upto, rule):
    # "a waiver … happen[s] on [its] day"
    return [e for e in facts.extra if e["kind"] == "waive" and e["rule"] == rule and e["on"] <= upto
            and not refused(facts, e)]


def infusion_waiver_day(facts, view, rule):
    """Newest waiver of this rule for the infusion to come, or None. "`waive` makes one occurrence (with its anchor)
    `caution` … it lapses at the next infusion … without `--occurrence` it means the newest one not done"."""
    days = []
    for w in waivers(facts, view.upto, rule):
        if w.get("occurrence") is None:
            if View(facts, w["on"]).to_come == view.to_come:
                days.append(w["on"])
        elif w["occurrence"] == view.to_come and (view.last is None or view.last <= w["on"]):
            days.append(w["on"])
    return max(days, default=None)


def waived(requirement, day):
    """`caution`, never `met`; "never covers facts newer than itself": no fact that argues against is newer."""
    if day is None or requirement["state"] in ("met", "caution") or any(d > day for d in requirement["adverse"]):
        return requirement
    return dict(requirement, state="caution", verdict="caution")


def evaluate(facts, on, as_of, *, dose_mg=None, height_cm=None, weight_kg=None, bsa_m2=None, route="iv",
             need_course=True):
    # "`gate` counts facts up to the earlier of `--on` and today; an infusion recorded on `--on` itself is left out."
    view = View(facts, min(on, as_of), before=on)
    if need_course and view.course_running() is None:
        raise LookupError("no course is running")          # "It means the running course (… none running: exit 2)"
    dosed = dose_mg is not None
    bsa = dosing.gate_bsa(view, on, height_cm, weight_kg, bsa_m2)
    if dosed and bsa is None:                              # "A dose without a BSA takes it from … results"
        bsa = dosing.result_bsa(view, on)
    mg = frac(dose_mg)
    per_m2 = mg / bsa if dosed and bsa is not None else None
    advice = advice_module.dose_advice(view, on)

    requirements = asked.all_asked(view, on) + before.all_before(view, on)
    requirements += dosing.all_dosing(view, on, dosed, mg, bsa, per_m2, advice, route)
    requirements = [waived(r, infusion_waiver_day(facts, view, r["rule"])) for r in requirements]
    # "`suspected-leukaemia`, which the gate lists as a requirement while its warning stands unwaived" (stop)
    days = [w["on"] for w in waivers(facts, view.upto, "suspected-leukaemia")]
    since = leukaemia.standing_since(view, max(days, default=None))
    if since is not None:
        requirements.append(req("suspected-leukaemia", "not_met", "stop", [since]))

    # "The overall verdict is the worst of the requirements' own, of `dose_advice` (stop; clinician, and reduce
    #  without a dose given: caution), and of a paused course or a closed patient (hold)."
    verdicts = ["clear"] + [r["verdict"] for r in requirements]
    if advice and advice["decision"] == "stop":
        verdicts.append("stop")
    if advice and (advice["decision"] == "clinician" or (advice["decision"] == "reduce" and not dosed)):
        verdicts.append("caution")
    paused, closed = view.paused(), view.closed()
    if paused or closed:
        verdicts.append("hold")
    return {"on": on.isoformat(), "verdict": max(verdicts, key=RANK.index),
            "requirements": [{k: r[k] for k in ("rule", "state", "verdict")} for r in requirements],
            "dose": {"mg": str(dec(dose_mg)), "bsa_m2": half_up(bsa, 4), "mg_per_m2": half_up(per_m2, 2)}
            if dosed else None,
            "dose_advice": advice,
            "exposure": exposure.gate_exposure(view, bsa, per_m2),
            "paused": paused, "closed": closed}
