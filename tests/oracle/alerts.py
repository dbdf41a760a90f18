"""Warnings: with a window, and from facts."""
from . import exposure, gate, laboratory, leukaemia
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
    for d in days:                                         # a part given the day after is "dated by the first"
        on[d].infusions = [i for i in view.infusions if i["on"] <= d]
    # RS4 "cumulative ≥100 mg/m²", RS5 "cumulative >60 mg/m²"; what is known for certain counts
    # corrections 10: "the day the known total first reached it"
    for rule, reached in (("cumulative-100", lambda total: total >= 100), ("cumulative-60", lambda total: total > 60)):
        since = [d for d in days if reached(exposure.sums(on[d])[1])]
        if since and since[-1] == days[-1]:
            out.append(warning(rule, since[0]))
    # brief: "only when at least one infusion was given and the total is unknown"
    since = None
    if view.infusions and exposure.sums(view)[0] is None:
        unknown = view.infusions if exposure.prior(view)[1] is None else [i for i in view.infusions if i["per_m2"] is None]
        since = unknown[0]["on"]
    if since:
        out.append(warning("exposure-unknown", since))
    return out


def symptoms(view):
    out, span = [], view.p["symptom_days"]
    # S1: fever and bleeding "are rules of every protocol", and of the watch of every patient (docs/decisions/0016)
    started = view.course_started()
    emergency = {d for d in infection_days(view) if inside(view, d, plus(d, span)) and emergency_codes(view, d)}
    for rule, codes in (("infection-symptom", INFECTION), ("cardiac-symptom", CARDIAC), ("bleeding-symptom", BLEEDING)):
        for d in view.symptom_days(codes) if started or rule != "cardiac-symptom" else ():
            # "One fever is one warning: the emergency takes the place of the urgent one"
            if rule == "infection-symptom" and d in emergency:
                continue
            if inside(view, d, plus(d, span)):             # "A symptom's warning runs 14 days"; "include day 14"
                out.append(warning(rule, d, plus(d, span)))
    return out + [warning("febrile-neutropenia", d, plus(d, span)) for d in sorted(emergency)]


def infection_days(view):
    """ "a preliminary temperature of 38.0 °C or more is fever there" (docs/decisions/0006)"""
    return sorted({*view.symptom_days(INFECTION), *(d for d, _ in view.early_fevers())})


def emergency_marks(view):
    """The signs of infection, and the counts, that a standing emergency rests on; none where none stands."""
    out, span = [], view.p["symptom_days"]
    for d in infection_days(view):
        codes = emergency_codes(view, d) if inside(view, d, plus(d, span)) else set()
        if codes:
            out += [(day, seq) for day, seq, _ in view.symptom_marks(INFECTION) if day == d]
            out += [(day, seq) for day, seq in view.early_fevers() if day == d]
            newest = [view.newest(code) for code in codes - {"unknown"}]
            out += [(day, r["seq"]) for day, r in newest if r is not None]
    return out


def emergency_codes(view, d):
    """What makes the symptoms of a day an emergency: the counts it rests on, "unknown", or nothing.

    "With fever … a preliminary count is judged as if it were final" (docs/decisions/0006)"""
    early = view.with_preliminary(("neutrophils", "leucocytes"))
    fevers = {*view.fever_days(), *(x for x, _ in view.early_fevers())}
    found = final_codes(view, d, fevers)
    return found or ({"unknown"} if early is not None and final_codes(early, d, fevers) else set())


def final_codes(view, d, fevers):
    out = set()
    recent = [r["value"] for x, r in view.series("neutrophils") if x >= plus(d, -7)]
    # "at any infection symptom, fever or not, with neutrophils of the last 7 days below 0.5"
    if recent and recent[-1] < frac("0.5"):
        out.add("neutrophils")
    if d not in fevers:
        return out
    newest = view.newest("neutrophils")[1]
    # "at 0.5 or lower"; "while `severe-neutropenia` stands, however old its count, or a `critical-result` of
    # neutrophils at 0.5 or below"
    if newest is not None and newest["value"] <= frac("0.5"):
        out.add("neutrophils")
    # "within D0 to D+1 month below 1.0 without asking whether it falls"
    in_window = any(given <= d <= months(given, 1) for given, _ in view.given())
    if recent and recent[-1] < 1 and in_window:
        out.add("neutrophils")
    # "where leucocytes of the last 7 days are below 0.5 and no newer neutrophils are known"
    white = [(x, r["value"]) for x, r in view.series("leucocytes") if x >= plus(d, -7)]
    if not out and white and white[-1][1] < frac("0.5") and not any(x >= white[-1][0] for x, _ in view.series("neutrophils")):
        out.add("leucocytes")
    if not out and febrile_neutropenia(view, d):
        out.add("neutrophils" if recent and recent[-1] < 1 else "unknown")
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
    in_window = any(given <= fever <= months(given, 1) for given, _ in view.given())
    known = [d for d, _ in counts if d >= plus(fever, -2)]
    return in_window and not known


def from_counts(view):
    """critical-result, where no graver rule rests on the same result, and unexplained-cytopenia."""
    out, span, given = [], view.p["symptom_days"], gate.waivers(view.f, view.upto, "unexplained-cytopenia")
    said = {seq for _, seq in leukaemia.named(view)}
    fevers = set()
    for d in infection_days(view):
        if inside(view, d, plus(d, span)):
            fevers |= emergency_codes(view, d)
    for run, severity in laboratory.standing(view):
        newest = run["values"][-1][1]
        last = [r["seq"] for d, r in run["values"] if d == run["values"][-1][0]]       # of leucocytes it may be both ends
        severe = run["code"] == "neutrophils" and newest["value"] < frac("0.5") and view.course_started()
        # "One count raises one message, by the gravest rule": an emergency is not left to an urgent one
        if run["code"] in fevers and not last[1:] or severity != "emergency" and (severe or {*last} <= said):
            continue
        out.append(warning("critical-result", run["since"], severity=severity))
    for since in laboratory.unexplained(view, lambda used: any(gate.covers(w, used) for w in given)):
        out.append(warning("unexplained-cytopenia", since))
    return out


def earlier_that_day(view, infusion):
    """What else was given that day: "the later entry is judged with those before it" (docs/decisions/0006)."""
    return [line for i in view.infusions if i["on"] == infusion["on"] and i["number"] < infusion["number"] for line in i["lines"]]


def shortly_before(view, infusion):
    """What was given on its day and, chained, on the day before, where `never_before` forbids it (mitoxantrone, all
    profiles): linked as parts or not, for an overdose it is one (docs/decisions/0006, doses of following days)."""
    found, first = [], infusion["on"]
    for i in reversed([i for i in view.infusions if i["number"] < infusion["number"]]):
        lines = [line for line in i["lines"] if line["on"] <= infusion["on"]]
        if (first - max(line["on"] for line in lines)).days > 1:
            break
        found, first = [*lines, *found], i["on"]
    return found


def too_soon_before(view, infusion):
    """What was given before an infusion, nearer than `never_before` (docs/decisions/0006, doses of one day)."""
    out = []
    for i in view.infusions:
        if i["number"] < infusion["number"]:
            lines = [line for line in i["lines"] if line["on"] <= infusion["on"]]
            if (infusion["on"] - max(line["on"] for line in lines)).days < view.p["never_before"]:
                out += lines
    return out


def overdose(view):
    out = []
    for i in view.infusions:
        # S3: "An overdose that *was given* (above 2 × the largest dose) or a route not allowed"
        p, lines = view.p, [*shortly_before(view, i), *i["lines"]]
        # "measured by the smallest body surface that one of them was given for", one of unknown size by the newest on
        # record (else "above twice the largest for 2.8 m²"): unknown must not be calmer (docs/decisions/0006).
        known = [line["bsa"] for line in lines if line["bsa"] is not None]
        surface = min(known, default=exposure.newest_bsa(view) or frac(p["largest_bsa"]))
        mg = sum(frac(line["mg"]) for line in lines)
        largest = min([surface * frac(p["overdose"]) / 2, *([frac(p["single_mg"])] if p["single_mg"] else [])])
        over = mg > 2 * largest
        if not over:                                       # "so do doses on days apart that are nearer than `never_before`"
            near = too_soon_before(view, i)
            known = [line["bsa"] for line in [*near, *i["lines"]] if line["bsa"] is not None]
            surface = min(known, default=exposure.newest_bsa(view) or frac(p["largest_bsa"]))
            largest = min([surface * frac(p["overdose"]) / 2, *([frac(p["single_mg"])] if p["single_mg"] else [])])
            # "where their sum is above twice the largest dose with its tolerance (12.60 mg/m²)"
            if over := sum(frac(line["mg"]) for line in [*near, *i["lines"]]) > 2 * largest * frac("1.05"):
                lines = [*near, *i["lines"]]
        if not over and all(line["route"].lower() == "iv" for line in i["lines"]):
            continue
        given = gate.waivers(view.f, view.upto, "overdose-or-wrong-route")
        used = [(line["on"], line["seq"]) for line in lines]
        if not any(gate.same(w, i["number"], max(i["lines"], key=lambda part: part["seq"])["origin"]) and gate.covers(w, used) for w in given):
            out.append(warning("overdose-or-wrong-route", i["on"], occurrence=i["number"]))
    return out


def until_waived(view):
    positive = positive_tests(view)
    return [warning("positive-pregnancy-test", positive[0])] if positive else []


def positive_tests(view):
    """Days of the positive tests that nobody has waived."""
    # SY5 "positive hCG at any time"; "waiving `pregnancy-test` does not end `positive-pregnancy-test`"
    given = gate.waivers(view.f, view.upto, "positive-pregnancy-test")
    said = [(d, r["seq"]) for d, r in view.series("hcg") if r["value"] == "positive"]
    # a recorded pregnancy is as a positive test, until 4 months after the last dose (docs/decisions/0006)
    d, value, seq = view.said("pregnancy", {"yes"})
    if value == "yes" and view.last and d <= months(view.last, 4):
        said.append((d, seq))
    return sorted(d for d, seq in said if not any(gate.covers(w, [(d, seq)]) for w in given))


def against_gate(facts, infusion):
    """The facts that an infusion given although the gate of its day said hold or stop went against, else None."""
    on = infusion["on"]
    bsa = infusion["bsa"] and min(part["bsa"] for part in infusion["lines"] if part["bsa"])    # AMBIGUITIES 99
    g = gate.evaluate(facts, on, on, dose_mg=infusion["mg"], bsa_m2=bsa, route=infusion["route"],
                      need_course=False, own=(on, infusion["seq"]), number=infusion["number"], earlier=earlier_that_day(View(facts, on), infusion))
    # "`given-against-gate` asks for missing tests only where the infusion was recorded within 30 days of its day;
    #  of older ones `not_met` counts and `unknown` does not"
    in_time = (infusion["recorded_on"] - on).days <= facts.p["old_record_days"]
    reasons = [r for r in g["full"] if r["verdict"] in ("hold", "stop") and (in_time or r["state"] == "not_met")]
    # "Without a running course: on the last one, with a warning": an ended one, or none begun yet
    before = View(facts, on)
    # S1: "one on a day on which no course of the drug had begun raises no `given-against-gate` for want of a course"
    ended = before.course_started() and before.course_running() is None and not any(d == on for d in facts.ends)
    if not (reasons or ended or g["paused"] or g["closed"] or (g["dose_advice"] or {}).get("decision") == "stop"):
        return None
    return [(on, infusion["seq"])] + [mark for r in reasons for mark in r["used"]]


def given_against_gate(view):
    facts, out = view.f, []
    for i in view.infusions:
        key = i["number"], len(i["lines"])
        if key not in facts.against:                       # it rests on that infusion's day alone
            facts.against[key] = against_gate(facts, i)
        used = facts.against[key]
        if used is not None and not any(gate.same(w, i["number"], i["origin"]) and gate.covers(w, used)
                                        for w in gate.waivers(facts, view.upto, "given-against-gate")):
            out.append(warning("given-against-gate", i["on"], occurrence=i["number"]))
    return out


def warnings(facts, as_of):
    view = View(facts, as_of)
    if view.closed():                                      # "nothing goes on once the patient is closed"
        return []
    out = from_counts(view) + symptoms(view)               # "hold for a registered patient without a course as well"
    since, _ = leukaemia.standing(view)
    if since:
        out.append(warning("suspected-leukaemia", since))
    if view.course_started():
        out += windows(view) + lows(view) + sums(view) + until_waived(view)
        out += given_against_gate(view) + overdose(view)
    return sorted(out, key=lambda w: (w["rule"], w["since"]))
