"""Requirements about the dose itself: ceilings, interval, size, route, BSA."""
from . import advice as advice_module
from . import exposure, nums
from .asked import req
from .nums import frac, months, plus


def gate_bsa(view, on, height_cm, weight_kg, bsa_m2):
    """BSA at the gate or None. Given at the gate, else "from `height` and `weight` results not older than 42 days"."""
    if bsa_m2 is not None:
        return frac(bsa_m2)
    if height_cm is not None and weight_kg is not None:
        return nums.mosteller(height_cm, weight_kg)
    return None


def result_bsa(view, on):
    (hd, h), (wd, w) = view.newest("height"), view.newest("weight")
    oldest = plus(on, -view.p["bsa_result_days"])
    if h and w and hd >= oldest and wd >= oldest:
        return (nums.mosteller(exposure.decimal_of(h["value"]), exposure.decimal_of(w["value"])),
                [(hd, h["seq"]), (wd, w["seq"])])
    return None, []


def ceiling_state(rule, left, dose, nothing=0, little=0):
    """ "`lifetime-dose` has no tolerance: after > ceiling is `not_met`"; stop "with nothing left";
    "Without a dose … `lifetime-dose` is met while anything remains". `nothing` is the least that is something,
    `little` half the usual dose: S1 "Where what is left is less than half the protocol's usual dose the ceiling is
    `caution`". """
    if left <= 0 or left < nothing:
        return req(rule, "not_met", "stop")
    if dose is not None and dose > left:                   # K6 cap test `after > cap`; equal allowed
        return req(rule, "not_met")
    return req(rule, "caution" if left < little else "met")


def limits_m2(p, bsa):
    """(nothing, half the usual dose) in mg/m2, for a body surface or none."""
    nothing, usual = frac(p["nothing_m2"]), frac(p["usual_m2"])
    if bsa is not None:                                    # "less than 0.1 mg/m² or less than 1 mg"
        nothing = max(nothing, frac(p["nothing_mg"]) / bsa)
        usual = min(usual, frac(p["usual_mg"]) / bsa) if p["usual_mg"] else usual
    return nothing, usual / 2


def lifetime_dose(view, dosed, per_m2, bsa):
    ceiling = frac(view.p["ceiling"])
    given, at_least = exposure.sums(view)
    limits = limits_m2(view.p, bsa if bsa is not None else exposure.newest_bsa(view))
    if given is None:
        # "`lifetime-dose` is `unknown` … an `at_least` over the ceiling is `not_met` all the same": decision 0008, 23
        # (the known part at the ceiling: nothing is left for sure), and the known part with this dose over it
        # cannot be allowed whatever the unknown part is.
        known = ceiling_state("lifetime-dose", ceiling - at_least, per_m2, *limits)
        if known["state"] == "not_met":
            return known
        # S2: "may be waived … where the known part plus the protocol's largest dose for each dose of unknown size
        # stays below the ceiling"
        unknown = [i["mg"] for i in view.infusions if i["per_m2"] is None]
        most = at_least + len(unknown) * frac(view.p["dose_max"]) + (per_m2 or 0)   # with the dose asked about
        # "an old dose above the largest for 2.8 m² bounds no lifetime dose" (docs/decisions/0006)
        bounded = all(frac(mg) <= frac(view.p["dose_max"]) * frac(view.p["largest_bsa"]) for mg in unknown)
        may = bounded and exposure.prior(view)[1] is not None and most < ceiling
        return dict(req("lifetime-dose", "unknown"), may_waive=may)
    r = ceiling_state("lifetime-dose", ceiling - given, per_m2, *limits)
    if r["state"] in ("met", "caution") and dosed and per_m2 is None:
        return req("lifetime-dose", "unknown")             # a dose whose mg/m2 nobody knows: what comes after is unknown
    return r


def lifetime_mg(view, mg, bsa):
    p = view.p
    bsa = bsa if bsa is not None else exposure.newest_bsa(view)
    usual = frac(p["usual_mg"]) if bsa is None else min(frac(p["usual_mg"]), frac(p["usual_m2"]) * bsa)
    left = frac(p["lifetime_mg"]) - exposure.total_mg(view)
    return ceiling_state("lifetime-mg", left, mg, frac(p["nothing_mg"]), usual / 2)


def little_left(view):
    """ "`next-infusion` with its checks is not asked for unless booked": what is left is less than half a usual dose."""
    left = frac(view.p["ceiling"]) - exposure.sums(view)[1]         # at most: what is unknown leaves less
    _, little = limits_m2(view.p, exposure.newest_bsa(view))
    return left < little or bool(view.p["lifetime_mg"]) and lifetime_mg(view, None, None)["state"] != "met"


def dose_interval(view, on):
    rule, last = "dose-interval", view.last
    if last is None:
        return req(rule, "met")
    gone = [(last, view.infusions[-1]["seq"])]
    if view.p["interval"] == "us":
        # "US more than 7 days before 3 months `caution`, before 21 days `not_met`"
        if on < plus(last, 21):
            return req(rule, "not_met", used=gone)
        return req(rule, "caution" if on < plus(months(last, 3), -7) else "met")
    # "EU, FR before 28 days `not_met`, before 1 month `caution`"
    if on < plus(last, 28):
        return req(rule, "not_met", used=gone)
    return req(rule, "caution" if on < months(last, 1) else "met")


def dose_size(view, mg, per_m2, advice, used, advised=()):
    rule, p = "dose-size", view.p
    # "FR besides above 20 mg … without tolerance"
    if p["single_mg"] and mg > frac(p["single_mg"]):
        return req(rule, "not_met")
    if per_m2 is None:
        return req(rule, "unknown")
    # "and above what `dose_advice` says … without tolerance"
    if advice and advice["mg_per_m2"] and per_m2 > frac(advice["mg_per_m2"]):
        return req(rule, "not_met", used=[*used, *advised])
    # S1: "up to 2.5 % over the largest dose is `met` and says so …; to 5 % `caution`, as before beyond"
    if per_m2 > frac(p["dose_tolerance_max"]):
        return req(rule, "not_met", used=used)
    return req(rule, "caution" if per_m2 > frac(p["dose_rounding_max"]) else "met")


def all_dosing(view, on, dosed, mg, bsa, per_m2, advice, route, measured=(), full=None, earlier=()):
    p, spaced, view = view.p, view, full or view           # `full`: "counts the earlier part against every ceiling"
    # A ceiling's reason rests on every dose that is counted: a correction of one is a newer fact (decision 0008, 30).
    given = [(i["on"], i["seq"]) for i in view.infusions]
    told, value, seq = view.said("prior_mitoxantrone_mg_m2")
    found = lifetime_dose(view, dosed, per_m2, bsa)
    # An unknown one rests on the doses of unknown size, not on those that are known.
    sizes = [(line["on"], line["seq"]) for i in view.infusions for line in i["lines"] if line["per_m2"] is None]
    told = [] if value is None else [(told, seq)]
    out = [dict(found, used=sizes if found["state"] == "unknown" else given + told)]
    if p["lifetime_mg"]:
        out.append(lifetime_mg(view, mg, bsa))
        out[-1]["used"] = given
    if p["infusion_count"]:
        # what is asked about is the rest of the day's own infusion: "one of the FR six" (AMBIGUITIES 87)
        out.append(ceiling_state("infusion-count", p["infusion_count"] - len(spaced.infusions), None))
        out[-1]["used"] = given
    view = spaced
    out.append(dose_interval(view, on))
    if dosed:                                              # "Without a dose … `dose-size` and `body-surface` are out"
        # "What was given on one day is one dose" (docs/decisions/0006)
        amount = mg + sum(frac(line["mg"]) for line in earlier)
        whole = bsa and amount / min([bsa, *(line["bsa"] for line in earlier if line["bsa"])])
        used = list(measured) + [(line["on"], line["seq"]) for line in earlier]
        out.append(dose_size(view, amount, whole, advice, used, advice_module.marks(view, on)))
    # EL11 "block any other route"; S2: "a route not allowed [is] `stop` in every protocol"
    out.append(req("route", "met") if route.lower() == "iv" else req("route", "not_met", "stop"))
    if dosed:
        out.append(req("body-surface", "met" if bsa is not None else "unknown"))
    return out
