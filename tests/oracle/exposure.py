"""Lifetime dose. "Sums are full-precision decimals over *all* the patient's courses with the drug"."""
from fractions import Fraction

from . import nums
from .nums import down, frac, half_up


def prior(view):
    on, value = view.answer("prior_mitoxantrone_mg_m2")
    return (on, None) if value is None else (on, frac(value))


def sums(view):
    """(total or None, at_least)"""
    key = view.upto, sum(len(i["lines"]) for i in view.infusions)                   # remembered: several warnings ask about the same days
    if key not in view.f.sums:
        view.f.sums[key] = added(view)
    return view.f.sums[key]


def added(view):
    _, before = prior(view)
    known = (before or Fraction(0)) + sum((i["per_m2"] for i in view.infusions if i["per_m2"] is not None), Fraction(0))
    # "Where the BSA of an infusion, or `prior_mitoxantrone_mg_m2`, is not recorded, `given`, `after`,
    #  `remaining` are null … and `at_least` is the known part"
    complete = before is not None and all(i["per_m2"] is not None for i in view.infusions)
    return (known if complete else None), known


def total_mg(view):
    return sum((frac(i["mg"]) for i in view.infusions), Fraction(0))


def newest_bsa(view):
    """ "by the BSA given, else the newest on record, else null": of the last infusion that has one, or of the
    newest height and weight results (dated by the later of the two), whichever is newer; on a tie the infusion."""
    found = [(i["on"], i["number"], i["bsa"]) for i in view.infusions if i["bsa"] is not None]
    hd, h = view.newest("height")
    wd, w = view.newest("weight")
    if h and w:
        # "the newest on record": a surface is as new as the later of its two measurements
        found.append((max(hd, wd), 0, nums.mosteller(decimal_of(h["value"]), decimal_of(w["value"]))))
    return max(found)[2] if found else None


def decimal_of(x):
    return nums.CONTEXT.divide(nums.Decimal(x.numerator), nums.Decimal(x.denominator))


def gate_exposure(view, bsa, per_m2):
    p, ceiling = view.p, frac(view.p["ceiling"])
    given, at_least = sums(view)
    out = {"unit": "mg/m2", "given": half_up(given, 2), "at_least": half_up(at_least, 2), "after": None,
           "ceiling": p["ceiling"], "remaining": None, "remaining_mg": None, "over_by": None}
    if given is not None:
        # "what could still be given *now*, before the planned dose, never negative (`over_by` says how far …)"
        remaining = max(Fraction(0), ceiling - given)
        out["remaining"], out["over_by"] = down(remaining, 2), half_up(max(Fraction(0), given - ceiling), 2)
        if per_m2 is not None:
            out["after"] = half_up(given + per_m2, 2)      # "`after` is null without a dose"
        use = bsa if bsa is not None else newest_bsa(view)
        if use is not None:
            # "`remaining_mg` is the least that any ceiling leaves"
            leaves = [remaining * use]
            if p["lifetime_mg"]:
                leaves.append(max(Fraction(0), frac(p["lifetime_mg"]) - total_mg(view)))
            out["remaining_mg"] = down(min(leaves), 1)
    # Where one ceiling leaves nothing for sure, no mg are left, whatever else is unknown (decision 0008, 23 and 24).
    if (at_least >= ceiling or p["lifetime_mg"] and total_mg(view) >= frac(p["lifetime_mg"])
            or p["infusion_count"] and len(view.infusions) >= p["infusion_count"]):
        out["remaining_mg"] = "0.0"
    return out


def exposure(view):
    p, ceiling = view.p, frac(view.p["ceiling"])
    total, at_least = sums(view)
    on, before = prior(view)
    running, rows = before, []
    for i in view.infusions:
        running = None if running is None or i["per_m2"] is None else running + i["per_m2"]
        rows.append({"on": i["on"].isoformat(), "mg": str(i["mg"]), "bsa_m2": half_up(i["bsa"], 4),
                     "mg_per_m2": half_up(i["per_m2"], 2), "running_total": half_up(running, 2)})
    return {"unit": "mg/m2", "total": half_up(total, 2), "at_least": half_up(at_least, 2), "ceiling": p["ceiling"],
            "remaining": None if total is None else down(max(Fraction(0), ceiling - total), 2),
            "over_by": None if total is None else half_up(max(Fraction(0), total - ceiling), 2),
            "infusions": rows,
            "prior": [] if before is None else [{"on": on.isoformat(), "mg_per_m2": half_up(before, 2)}]}
