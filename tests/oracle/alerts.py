"""Warnings: with a window, and from facts."""
from . import exposure, gate, leukaemia
from .facts import View
from .nums import frac, months, plus
from .table import BLEEDING, CARDIAC, INFECTION, SEVERITY


def warning(rule, since, until=None, **more):
    out = {"rule": rule, "severity": SEVERITY.get(rule, "info"), "since": since.isoformat(),
           "until": until.isoformat() if until else None}
    out.update(more)
    return out


def inside(view, since, until):
    return since <= view.upto <= until                     # "`since` and `until` are both inside the window"


def windows(view):
    out, p = [], view.p
    if view.last is None:
        return out
    for i in view.infusions:
        d = i["on"]
        if inside(view, d, months(d, 1)):                  # "D0 to D0 + 1 month, peak D+7 to D+14"
            out.append(warning("infection-watch", d, months(d, 1),
                               peak={"from": plus(d, 7).isoformat(), "until": plus(d, 14).isoformat()}))
        if inside(view, d, plus(d, p["urine_days"])):      # "`urine-colour` D0 to D+3"
            out.append(warning("urine-colour", d, plus(d, p["urine_days"])))
    # "`leukaemia-watch` from the first infusion, `until` null"
    out.append(warning("leukaemia-watch", view.infusions[0]["on"]))
    # "`contraception`: women who can conceive 4 months, men and sex not recorded 6"
    woman = view.patient.get("sex") == "female"
    if not (woman and view.patient.get("can_conceive") is False):
        until = months(view.last, p["contraception_woman"] if woman else p["contraception_other"])
        if inside(view, view.last, until):
            out.append(warning("contraception", view.last, until))
    until = months(view.last, p["live_vaccine_months"])
    if inside(view, view.last, until):
        out.append(warning("live-vaccine", view.last, until))
    return out


def run_since(days, true_on):
    """First day of the unbroken run of true days that ends with the last of `days`, or None."""
    since = None
    for d in days:
        if true_on(d):
            since = since or d
        else:
            since = None
    return since


def lows(view):
    out, values = [], dict(view.series("lvef"))
    # "`low-lvef`, `severe-neutropenia` end at a newer result at or above the floor, at 0.5 or above"
    since = run_since(list(values), lambda d: values[d]["value"] < view.f.lvef_floor(values[d]))
    if since:
        out.append(warning("low-lvef", since))
    counts = dict(view.series("neutrophils"))
    since = run_since(list(counts), lambda d: counts[d]["value"] < frac("0.5"))
    if since:
        out.append(warning("severe-neutropenia", since))
    return out


def sums(view):
    out = []
    days = sorted({i["on"] for i in view.infusions}
                  | {d for d, *_ in view.f.answers.get("prior_mitoxantrone_mg_m2", []) if d <= view.upto})
    on = {d: View(view.f, d) for d in days}
    # RS4 "cumulative ≥100 mg/m²", RS5 "cumulative >60 mg/m²"; what is known for certain counts
    since = run_since(days, lambda d: exposure.sums(on[d])[1] >= 100)
    if since:
        out.append(warning("cumulative-100", since))
    since = run_since(days, lambda d: exposure.sums(on[d])[1] > 60)
    if since:
        out.append(warning("cumulative-60", since))
    # brief: "only when at least one infusion was given and the total is unknown"
    since = run_since(days, lambda d: bool(on[d].infusions) and exposure.sums(on[d])[0] is None)
    if since:
        out.append(warning("exposure-unknown", since))
    return out


def symptoms(view):
    out, span = [], view.p["symptom_days"]
    for rule, codes in (("infection-symptom", INFECTION), ("cardiac-symptom", CARDIAC), ("bleeding-symptom", BLEEDING)):
        for d in view.symptom_days(codes):
            if inside(view, d, plus(d, span)):             # "A symptom's warning runs 14 days"; "include day 14"
                out.append(warning(rule, d, plus(d, span)))
    for d in view.fever_days():
        if inside(view, d, plus(d, span)) and febrile_neutropenia(view, d):
            out.append(warning("febrile-neutropenia", d, plus(d, span)))
    return out


def febrile_neutropenia(view, fever):
    counts = view.series("neutrophils")
    # "Days are counted back from the fever's day, a later count replaces an earlier one"
    recent = [(d, r["value"]) for d, r in counts if d >= plus(fever, -7)]          # "newest within 7 days"
    if recent:
        newest_day, newest = recent[-1]
        if newest < frac("0.5"):                           # "with neutrophils < 0.5"
            return True
        if newest < 1:                                     # "or < 1.0 and falling"
            earlier = [value for d, value in recent if d < newest_day]
            # "a single count < 1.0 counts as falling": one older than these 7 days says nothing
            if not earlier or newest < earlier[-1]:
                return True
    # "from D0 to D0 + 1 month also when no neutrophils of the last 2 days are known"
    in_window = any(i["on"] <= fever <= months(i["on"], 1) for i in view.infusions)
    known = [d for d, _ in counts if d >= plus(fever, -2)]
    return in_window and not known


def until_waived(view):
    out, facts = [], view.f
    since, _ = leukaemia.standing(view)
    if since:
        out.append(warning("suspected-leukaemia", since))
    # SY5 "positive hCG at any time"; "waiving `pregnancy-test` does not end `positive-pregnancy-test`"
    given = gate.waivers(facts, view.upto, "positive-pregnancy-test")
    positive = [d for d, r in view.series("hcg") if r["value"] == "positive"
                and not any(gate.covers(w, [(d, r["seq"])]) for w in given)]
    if positive:
        out.append(warning("positive-pregnancy-test", positive[0]))
    return out


def against_gate(facts, infusion):
    """The facts that an infusion given although the gate of its day said hold or stop went against, else None."""
    on = infusion["on"]
    g = gate.evaluate(facts, on, on, dose_mg=infusion["mg"], bsa_m2=infusion["bsa"], route=infusion["route"],
                      need_course=False, own=(on, infusion["seq"]), number=infusion["number"])
    # "`given-against-gate` asks for missing tests only where the infusion was recorded within 30 days of its day;
    #  of older ones `not_met` counts and `unknown` does not"
    in_time = (infusion["recorded_on"] - on).days <= facts.p["old_record_days"]
    reasons = [r for r in g["full"] if r["verdict"] in ("hold", "stop") and (in_time or r["state"] == "not_met")]
    # "Without a running course: on the last one, with a warning": an ended one, or none begun yet
    before = View(facts, on)
    ended = before.course_running() is None and not any(d == on for d in facts.ends)
    if not (reasons or ended or g["paused"] or g["closed"] or (g["dose_advice"] or {}).get("decision") == "stop"):
        return None
    return [(on, infusion["seq"])] + [mark for r in reasons for mark in r["used"]]


def given_against_gate(view):
    facts, out = view.f, []
    for i in view.infusions:
        if i["number"] not in facts.against:               # it rests on that infusion's day alone
            facts.against[i["number"]] = against_gate(facts, i)
        used = facts.against[i["number"]]
        if used is not None and not any(gate.same(w, i["number"], i["origin"]) and gate.covers(w, used)
                                        for w in gate.waivers(facts, view.upto, "given-against-gate")):
            out.append(warning("given-against-gate", i["on"], occurrence=i["number"]))
    return out


def warnings(facts, as_of):
    view = View(facts, as_of)
    if not view.course_started() or view.closed():         # "nothing goes on once the patient is closed"
        return []
    out = windows(view) + lows(view) + sums(view) + symptoms(view) + until_waived(view) + given_against_gate(view)
    return sorted(out, key=lambda w: (w["rule"], w["since"]))
