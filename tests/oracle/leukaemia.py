"""suspected-leukaemia: days on which the condition became true."""
from .facts import ends
from .laboratory import within
from .nums import frac

LOW = {"neutrophils": "1.5", "platelets": "100", "haemoglobin": "100"}


def onsets(view):
    """Every day on which a further fact made it true (oldest first).
    "two or more of neutrophils < 1.5, platelets < 100, haemoglobin < 100 g/L in results taken within 7 days of each
    other and *outside* D0 to D+28 of any infusion; or blasts present at any time" """
    def outside(code, d):
        return not within(view, code, d, 28)

    lows = [(code, d, r["seq"]) for code in LOW for d, r in view.series(code)
            if r["value"] < frac(LOW[code]) and outside(code, d)]
    found = [(max(a, b), ((a, sa), (b, sb))) for ca, a, sa in lows for cb, b, sb in lows
             if ca < cb and abs((a - b).days) <= 7]
    found += [(d, ((d, r["seq"]),)) for d, r in view.series("blasts") if r["value"] == "present"]
    # "`leucocytes > 30` outside D0 to D+28 also raises `suspected-leukaemia`"
    found += [(d, ((d, end["seq"]),)) for d, r in view.series("leucocytes") for end in ends(r)
              if end["value"] > 30 and outside("leucocytes", d)]
    return sorted(found)


def unwaived(view):
    from .gate import covers, waivers
    given = waivers(view.f, view.upto, "suspected-leukaemia")
    return [(d, used) for d, used in onsets(view) if not any(covers(w, used) for w in given)]


def standing(view):
    """(day, facts) of the first onset no waiver covers ("until waived"; a waiver "never covers facts newer than
    itself"), else (None, [])."""
    left = unwaived(view)
    return left[0] if left else (None, [])


def named(view):
    """The results that the words of the warning name: of its first picture and of its newest (AMBIGUITIES 84)."""
    pictures = unwaived(view)
    return {mark for d, used in pictures if d in (pictures[0][0], pictures[-1][0]) for mark in used}
