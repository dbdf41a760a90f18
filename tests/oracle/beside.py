"""What stands on a day and urges somebody: no gate is clear meanwhile (docs/decisions/0006)."""
from copy import copy

from . import alerts, before, checks, gate, laboratory, leukaemia
from .asked import req


def urging(view):
    """What stands on that day and urges somebody, but for suspected leukaemia: [(rule, severity, marks of an emergency)]"""
    emergency = alerts.emergency_marks(view)
    out = [("febrile-neutropenia", "emergency", emergency)] if emergency else []
    for run, severity in laboratory.standing(view):
        out.append(("critical-result", severity, [(d, r["seq"]) for d, r in run["against"] + run["values"]]))
    given = gate.waivers(view.f, view.upto, "unexplained-cytopenia")
    for _ in laboratory.unexplained(view, lambda used: any(gate.covers(w, used) for w in given)):
        out.append(("unexplained-cytopenia", "caution", []))
    # §6, "after a symptom": a cardiac or bleeding one is answered by the newer result that the gate asks for.
    reported = [w for w in alerts.symptoms(view) if w["rule"] not in ("cardiac-symptom", "bleeding-symptom")]
    quiet = [*reported, *alerts.lows(view), *alerts.until_waived(view)]
    out += [(w["rule"], "urgent", []) for w in quiet if w["severity"] == "urgent"]
    wrong = {w["occurrence"] for w in alerts.overdose(view)}
    lines = [(line["on"], line["seq"]) for i in view.infusions if i["number"] in wrong for line in i["lines"]]
    return out + ([("overdose-or-wrong-route", "emergency", lines)] if wrong else [])


def listed(view):
    """An emergency holds, and so does an urgent `critical-result` ("At the gate a standing `critical-result` of severity
    urgent or emergency is a requirement `not_met`"); anything else that stands is at least `caution`."""
    out, stand = [], urging(view)
    for rule in dict.fromkeys(rule for rule, *_ in stand):
        grave = [m for name, severity, marks in stand for m in marks
                 if name == rule and (severity == "emergency" or (rule, severity) == ("critical-result", "urgent"))]
        out.append(req(rule, "not_met" if grave else "caution", used=grave))
    return out


def not_final(view, requirements):
    """A preliminary value of which a grave rule would warn if it were final leaves that open (R18; 0006), where no
    requirement that is not clear names it already."""
    last = {code: view.worst_unsure(code) for code, _ in view.f.unsure if view.preliminary(code, lambda _: True)}
    said = {seq for r in requirements if r["verdict"] != "clear" for _, seq in r["used"]}
    # one that is a caution by what counts may be more if the value were final ("judged as a whole three times")
    mild = {r["rule"] for r in requirements if (r["rule"], r["state"]) == ("critical-result", "caution")}
    # "so `critical-result`, of the codes in its rows, and of blasts `suspected-leukaemia`" (docs/decisions/0006)
    unfit = [(rule, seq) for codes, rule in ((laboratory.CODES, "critical-result"), (["blasts"], "suspected-leukaemia"))
             for code in codes for d, seq in view.not_fit(code)
             # "What does it leaves nothing of that sample `unknown` under `critical-result`" (also by a panel)
             if seq not in said and checks.by_panel(view, code, d) is None]
    listed_already = {r["rule"] for r in requirements if r["state"] in ("not_met", "unknown")}
    out = [req(rule, "unknown") for rule in sorted({rule for rule, _ in unfit} - listed_already)]
    out += [r for r in never_final(view) if r["rule"] not in {x["rule"] for x in out} | listed_already]
    if not last:
        return out
    named = {code: x for code, x in last.items() if x[1]["seq"] in said}
    told = graver(view, named) - {"critical-result"}       # "a waiver of `platelets` leaves `critical-result`"
    # what stands until it is waived is said by its own name, whatever else names a value of it
    new = graver(view, last) - (told - {"suspected-leukaemia"}) - graver(view, {}) - ({r["rule"] for r in requirements} - mild)
    return out + [req(rule, "unknown") for rule in sorted(new - {r["rule"] for r in out})]


def standing_by_itself(view, code, d, r):
    """Whether a value would stand until a person waives it: "blasts, and leucocytes above 30 outside D0 to D+28 …; a
    positive test"; "two low lines are not one value" (docs/decisions/0006, never final)"""
    if code == "leucocytes":
        return r["value"] > 30 and not laboratory.expected(view, d, view.f.first_at[r["seq"]], 28)
    return (code, r["value"]) in {("blasts", "present"), ("hcg", "positive")}


def never_final(view):
    """Preliminary values that wait for their own final one though a newer value counts: until a waiver "as of the
    warning"; "While no newer value counts it is as above, and cannot be waived" (docs/decisions/0006)"""
    def left(code, rule):
        newest, given = view.newest(code)[0], gate.waivers(view.f, view.upto, rule)
        found = [(d, r["seq"], newest is not None and newest > d) for d, r in view.waiting(code, lambda _: True)
                 if standing_by_itself(view, code, d, r)]
        return [(d, seq, newer) for d, seq, newer in found
                if not newer or not any(gate.covers(w, [(d, seq)]) for w in given)]

    marks = [(d, seq) for code in ("blasts", "leucocytes") for d, seq, _ in left(code, "suspected-leukaemia")]
    out = [req("suspected-leukaemia", "unknown", used=marks)] if marks else []
    if not before.pregnancy_asked(view):                   # "a positive test of which no requirement speaks"
        tests = left("hcg", "positive-pregnancy-test")
        if open_now := [(d, seq) for d, seq, newer in tests if not newer]:
            return [*out, req("positive-pregnancy-test", "unknown", used=open_now)]
        out += [req("positive-pregnancy-test", "caution")] if tests else []
    return out


def graver(view, as_final):
    """The rules that warn gravely if some preliminary values count."""
    early = copy(view)
    early.f, early._series = copy(view.f), {}
    early.f.results = {code: dict(days) for code, days in view.f.results.items()}
    for code, (day, r) in as_final.items():
        same = [early.f.results[code][day]] if day in early.f.results.setdefault(code, {}) else []
        early.f.results[code][day] = view.f.worst(code, [dict(r, first_at=view.f.first_at[r["seq"]]), *same])
    found = {rule for rule, severity, _ in urging(early) if severity != "caution"}
    return found | ({"suspected-leukaemia"} if leukaemia.standing(early)[0] is not None else set())
