"""What stands on a day and urges somebody: no gate is clear meanwhile (docs/decisions/0006)."""
from copy import copy

from . import alerts, gate, laboratory, leukaemia
from .asked import req


def urging(view):
    """What stands on that day and urges somebody, but for suspected leukaemia: [(rule, severity, marks of an emergency)]"""
    emergency = alerts.emergency_marks(view)
    out = [("febrile-neutropenia", "emergency", emergency)] if emergency else []
    for run, severity in laboratory.standing(view):
        out.append(("critical-result", severity, [(d, r["seq"]) for d, r in run["values"]]))
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
    return not_final(view, out)


def not_final(view, out):
    """A preliminary value that would be critical, or leukaemia, if it were final leaves that open (R18; 0006)."""
    early, marks = copy(view), set()
    early.f, early._series = copy(view.f), {}
    early.f.results = {code: dict(days) for code, days in view.f.results.items()}
    for code, day in view.f.unsure:
        days = [d for c, d in view.f.unsure if c == code and d <= view.upto]
        if days and day == max(days) and not (view.newest(code)[0] and view.newest(code)[0] >= day):
            last = view.f.unsure[code, day][-1]
            marks.add(last["seq"])
            early.f.results.setdefault(code, {})[day] = dict(last, first_at=view.f.first_at[last["seq"]])
    if any(run["values"][-1][1]["seq"] in marks for run, _ in laboratory.standing(early)):
        held = [r for r in out if r["rule"] == "critical-result" and r["state"] == "not_met"]
        out = held and out or [r for r in out if r["rule"] != "critical-result"] + [req("critical-result", "unknown")]
    if leukaemia.standing(view)[0] is None:
        if any(seq in marks for _, used in leukaemia.onsets(early) for _, seq in used):
            out = [*out, req("suspected-leukaemia", "unknown")]
    return out
