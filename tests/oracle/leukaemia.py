"""suspected-leukaemia: days on which the condition became true."""
from .nums import frac, plus

LOW = {"neutrophils": "1.5", "platelets": "100", "haemoglobin": "100"}


def onsets(view):
    """Every day on which a further fact made it true (oldest first).
    "two or more of neutrophils < 1.5, platelets < 100, haemoglobin < 100 g/L in results taken within 7 days of each
    other and *outside* D0 to D+28 of any infusion; or blasts present at any time" """
    def outside(d):
        return not any(i["on"] <= d <= plus(i["on"], 28) for i in view.infusions)

    lows = [(code, d) for code in LOW for d, r in view.series(code) if r["value"] < frac(LOW[code]) and outside(d)]
    found = {max(a, b) for ca, a in lows for cb, b in lows if ca != cb and abs((a - b).days) <= 7}
    found |= {d for d, r in view.series("blasts") if r["value"] == "present"}
    return sorted(found)


def standing_since(view, waived_on):
    """First onset no waiver covers ("until waived"; a waiver "never covers facts newer than itself")."""
    left = [d for d in onsets(view) if waived_on is None or d > waived_on]
    return left[0] if left else None
