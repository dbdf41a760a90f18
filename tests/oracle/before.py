"""Requirements before every infusion that rest on a test result."""
from .asked import req
from .nums import frac, plus
from .table import BLEEDING, CARDIAC, INFECTION

COUNTS = ("neutrophils", "platelets", "lymphocytes")
LARGEST_ULN = {"alt": 100, "ast": 100, "bilirubin": 35, "alp": 400}          # what laboratories print, at most (0006)


def age_state(rule, view, on, taken):
    """met | caution | unknown by the day the result was taken."""
    if taken is None or taken > on:
        return "unknown"
    # "newer than the previous infusion, not later than this one (K3)"
    if view.last is not None and taken <= view.last:
        return "unknown"
    # S1: "must … be of day 14 after the previous infusion … or later; earlier is `unknown`"
    recovered = view.recovering_until(on)                  # the marrow does not know which drug it was
    if rule in COUNTS and recovered is not None and taken < recovered:
        return "unknown"
    old = (on - taken).days
    if old <= view.p["fresh"][rule]:                       # "Exactly the figure is still fresh."
        return "met"
    # "older is `caution`, beyond 90 days `unknown`"; "Before the first infusion … older is `unknown` throughout"
    if rule in view.p["old_is_caution"] and view.last is not None and old <= view.p["old_limit"]:
        return "caution"
    return "unknown"


def mark(d, r):
    return [] if r is None else [(d, r["seq"])]


def all_bad(view, code, bad):
    """(day, seq) of the bad results since the last good one: none of them may be newer than a waiver."""
    out = []
    for d, r in reversed(view.series(code)):
        if not bad(r):
            break
        out.insert(0, (d, r["seq"]))
    return out


def aged(rule, view, on, d, r, against):
    """Unknown with age and with what else speaks for unknown: both are used."""
    state = age_state(rule, view, on, d)
    if against or state == "unknown":
        # "taken before recovery" rests on the last dose, of whatever drug, and a part of it: one that was given, added or
        # corrected after a waiver is a newer fact, that the waiver does not cover (decision 0008, 30)
        recovered = view.recovering_until(on) if rule in COUNTS and r is not None else None
        doses = [(i["on"], i["seq"]) for i in view.infusions] + view.others
        other = [m for m in doses if recovered == plus(m[0], view.p["counts_from"]) and d < recovered]
        return req(rule, "unknown", used=against + (mark(d, r) + other if state == "unknown" else []))
    return req(rule, state)


def simple(rule, code, view, on, bad):
    d, r = view.newest(code)
    if r is not None and bad(r):                           # "an out-of-limit newest result is `not_met` whatever its age"
        return req(rule, "not_met", used=all_bad(view, code, bad))
    return aged(rule, view, on, d, r, [])


def symptoms_since(view, codes, d):
    return [(x, seq) for x, seq, _ in view.symptom_marks(codes) if d is None or x > d]


def lvef(view, on):
    d, r = view.newest("lvef")
    low = [(x, v["seq"]) for x, v in view.series("lvef") if v["value"] < view.f.lvef_floor(v)]
    if r is not None and low and low[-1][0] == d:
        return req("lvef", "not_met", "stop", low)         # *stop*: "`lvef` below its floor"
    hearts = symptoms_since(view, CARDIAC, d)
    if low:
        # "after an LVEF below its floor … a later good one is `not_met` (hold) until waived"
        return req("lvef", "not_met", used=low + hearts)
    fall = view.series("lvef")[0][1]["value"] - r["value"] if r is not None else 0
    # S1: "EU: … a fall of LVEF of *more than* 10 points holds (waivable)"
    if view.p["lvef_fall_hold"] and fall > frac(view.p["lvef_fall"]):
        return req("lvef", "not_met", used=mark(d, r) + hearts)
    # "after a cardiac one … `lvef` unknown … until a result of that day or later"
    found = aged("lvef", view, on, d, r, hearts)
    # "A fall of 10 points or more from the first LVEF on record, still at or above the floor, is `caution`."
    if found["state"] == "met" and fall >= frac(view.p["lvef_fall"]):
        return req("lvef", "caution")
    return found


def cardiac_exam(view, on):
    d, r = view.newest("cardiac_exam")
    hearts = symptoms_since(view, CARDIAC, d)
    bad = lambda result: result["value"] == "abnormal"
    if r is not None and bad(r):                           # "after a cardiac one `cardiac-exam` is `not_met`"
        return req("cardiac-exam", "not_met",
                   used=all_bad(view, "cardiac_exam", bad) + symptoms_since(view, CARDIAC, None))
    if hearts:
        aged_too = age_state("cardiac-exam", view, on, d) == "unknown"
        return req("cardiac-exam", "not_met", used=hearts + (mark(d, r) if aged_too else []))
    return aged("cardiac-exam", view, on, d, r, [])


def platelets(view, on):
    d, r = view.newest("platelets")
    bad = lambda result: result["value"] < frac(view.p["platelets_min"])
    low = r is not None and bad(r)
    bled = symptoms_since(view, BLEEDING, d)
    deep = r is not None and r["value"] < frac(view.p["platelets_hold_below"])
    if low and (view.p["platelets_hold"] or deep):
        # "a platelet count below 50 is never `caution`"; FR; "`platelets` below 100 (US, EU)" are caution only
        held = bad if view.p["platelets_hold"] else lambda result: result["value"] < frac(view.p["platelets_hold_below"])
        return req("platelets", "not_met", used=all_bad(view, "platelets", held) + symptoms_since(view, BLEEDING, None))
    # "after bleeding `platelets` unknown"; "a value that is only `caution` does not excuse age"
    found = aged("platelets", view, on, d, r, bled)
    return req("platelets", "caution") if low and found["state"] == "met" else found


def blind_to(code, r):
    """Whether a value cannot be judged: "a value within such a `uln` … cannot be judged, as one without a limit" (0006,
    a limit that none prints)."""
    return r["uln"] is None or r["uln"] > LARGEST_ULN[code] and r["value"] <= r["uln"]


def normal_panel(view, upto):
    """(day, 0 or 1, marks) of the newest complete normal panel by what was known on a day, else None."""
    words = [(d, 1, [(d, r["seq"])]) for d, r in view.series("liver_tests") if d <= upto and r["value"] == "normal"]
    parts = []
    for code in ("alt", "ast", "bilirubin"):
        known = [(d, r) for d, r in view.series(code) if d <= upto][-1:]
        # "each not above its own `uln` (no `uln`: unknown)"
        parts += [(d, r["seq"]) for d, r in known if not blind_to(code, r) and r["value"] <= r["uln"]]
    if len(parts) == 3:
        words.append((min(parts)[0], 0, parts))            # as old as its oldest part
    return max(words, default=None)


def liver_tests(view, on):
    # "An abnormal liver finding counts until a newer complete normal one." ALP with its own limit too: decision 0008, 13
    abnormal = [(d, r["seq"]) for d, r in view.series("liver_tests") if r["value"] == "abnormal"]
    d, alp = view.newest("alp")
    no_limit = mark(d, alp) if alp is not None and blind_to("alp", alp) else []
    for code in ("alt", "ast", "bilirubin", "alp"):
        d, r = view.newest(code)
        if r is not None and blind_to(code, r):            # it cannot be judged: no older one of the code speaks for it
            continue
        abnormal += [(d, r["seq"]) for d, r in view.series(code) if r["uln"] is not None and r["value"] > r["uln"]]
    newest = [(*view.newest(code), code) for code in ("alt", "ast", "bilirubin")]
    # S1: "A newest complete normal panel of any day ends older findings of that panel; a newer single value that cannot
    # be judged makes the requirement `unknown`, never `not_met` by an old one."
    days = sorted({d for code in ("liver_tests", "alt", "ast", "bilirubin") for d, _ in view.series(code)})
    panels = [p for p in (normal_panel(view, d) for d in days) if p]
    complete = max(panels, default=None)
    standing = [m for m in abnormal if complete is None or m[0] >= complete[0]]
    since = max(m[0] for m in complete[2]) if complete else None
    blind = [m for d, r, code in newest if r is not None and blind_to(code, r) and (since is None or d > since) for m in mark(d, r)]
    if standing:                                           # a value that cannot be judged is a reason by itself
        return req("liver-tests", "not_met", used=standing + blind)
    if complete is None:
        # "a newer good result takes nothing from a waiver" (decision 0008, 30), nor does a good part of a panel that is
        # not whole: what cannot be judged does
        return req("liver-tests", "unknown", used=blind + no_limit)
    state = age_state("liver-tests", view, on, complete[0])
    if blind:                                              # a newer good value of the panel takes nothing from a waiver
        return req("liver-tests", "unknown", used=blind + (complete[2] if state == "unknown" else []))
    return req("liver-tests", state, used=complete[2])


def pregnancy_asked(view):
    # S1: "listed, whoever the patient is, while the newest hCG is not negative"
    r = view.newest("hcg")[1]
    if r is not None and r["value"] != "negative":
        return True
    # "asked unless `can_conceive` is false, or is not recorded and sex is male"
    can = view.patient.get("can_conceive")
    if can is False:
        return False
    # "Where sex was ever recorded as other than male and `can_conceive` is not, it is asked"
    return not (can is None and view.sexes - {None} == {"male"})


def pregnancy_test(view, on):
    d, r = view.newest("hcg")
    positive = [(x, v["seq"]) for x, v in view.series("hcg") if v["value"] == "positive"]
    if r is not None and r["value"] == "positive":
        return req("pregnancy-test", "not_met", "stop", positive)
    unclear = mark(d, r) if r is not None and r["value"] == "indeterminate" else []      # not known to be negative
    if positive:                                           # "after … a positive hCG a later good one is `not_met` (hold)"
        return req("pregnancy-test", "not_met", used=positive + unclear)
    if unclear:
        return req("pregnancy-test", "unknown", used=unclear)
    return aged("pregnancy-test", view, on, d, r, [])


def infection_screen(view, on):
    d, r = view.newest("urinalysis")
    bad = lambda result: result["value"] == "infection"
    ill = r is not None and bad(r)
    against = all_bad(view, "urinalysis", bad) if ill else []
    asked_on, active, seq = view.said("active_infection", {"yes"})
    if active == "yes":
        against.append((asked_on, seq))
    # "no infection symptom was recorded in the 14 days before"; "spans of 14 days include day 14"
    ills = [(x, s) for x, s, _ in view.symptom_marks(INFECTION) if plus(on, -view.p["symptom_days"]) <= x <= on]
    # corrections 8: "a clinician's `no` recorded after the symptom, on its day or later, makes it `caution`"
    over = active == "no" and all(asked_on >= x and seq > s for x, s in ills)
    against += [] if over else ills
    state = age_state("infection-screen", view, on, d)
    if against:
        return req("infection-screen", "not_met", used=against + (mark(d, r) if state == "unknown" and not ill else []))
    found = aged("infection-screen", view, on, d, r, [])
    return req("infection-screen", "caution") if ills and found["state"] == "met" else found


def unsure(view, found, marks, reports=()):
    """A newer report that does not count (`reports`), or leucocytes, speak against it: `unknown` until it is known,
    unless it is `not_met` anyway (R18: "preliminary is *unknown* …, never *met*"; neutrophils cannot be more than
    leucocytes). Waivers never cover facts newer than themselves: a report is a reason beside what is not met."""
    if found["state"] == "not_met":
        return dict(found, used=[*found["used"], *reports])
    if not marks and not reports:
        return found
    kept = found["used"] if found["state"] == "unknown" else []
    return req(found["rule"], "unknown", used=kept + list(marks) + list(reports))


def early_fall(view, on, found):
    """ "A newer preliminary value means what it would mean if it were final" (0006): a fall of the LVEF too."""
    early = view.with_preliminary(("lvef",))
    if early is None:
        return found
    said, marks = lvef(early, on), view.preliminary("lvef", lambda _: True)
    if said["state"] in ("not_met", "unknown"):            # a good one is no reason beside an older low one
        return unsure(view, found, [], [m for m in marks if m in said["used"]])
    return req("lvef", "caution") if (said["state"], found["state"]) == ("caution", "met") else found


def all_before(view, on):
    below = lambda limit: lambda r: r["value"] < frac(view.p[limit])       # K5 `<` strict
    abnormal = lambda r: r["value"] == "abnormal"
    odd = lambda code: lambda r: blind_to(code, r) or r["value"] > r["uln"]    # above, or it cannot be judged
    not_final = lambda found, code, bad: unsure(view, found, [], view.preliminary(code, bad) + view.not_fit(code))
    # "a value out of the limits … of a requirement that a better result does not end … makes it `unknown`", also where a
    # newer value of another sample counts (0006, never final)
    stays = lambda found, code, bad: unsure(view, found, [], [(d, r["seq"]) for d, r in view.waiting(code, bad)])
    too_low = lambda r: r["value"] < view.f.lvef_floor(r)
    # "… means what it would mean if it were final" (0006): leucocytes that are not final cannot be fewer than their part
    early_white = view.with_preliminary(("leucocytes",))
    whites = [view.newest("leucocytes"), early_white.newest("leucocytes") if early_white else (None, None)]

    def count(found, code, limit):
        found = not_final(found, code, below(limit))
        newer = [m for d, r in whites if r is not None and below(limit)(r) and d > (view.newest(code)[0] or d) for m in mark(d, r)]
        return unsure(view, found, newer)

    out = [stays(early_fall(view, on, not_final(lvef(view, on), "lvef", too_low)), "lvef", too_low),
           not_final(simple("ecg", "ecg", view, on, abnormal), "ecg", abnormal),
           not_final(cardiac_exam(view, on), "cardiac_exam", abnormal),
           count(simple("neutrophils", "neutrophils", view, on, below("neutrophils_min")), "neutrophils", "neutrophils_min")]
    if view.p["lymphocytes"]:
        found = simple("lymphocytes", "lymphocytes", view, on, below("lymphocytes_min"))
        out.append(count(found, "lymphocytes", "lymphocytes_min"))
    deep = "platelets_min" if view.p["platelets_hold"] else "platelets_hold_below"
    plt = not_final(platelets(view, on), "platelets", below(deep))
    if plt["state"] == "met" and view.preliminary("platelets", below("platelets_min")):
        plt = req("platelets", "caution")                  # what it would mean if it were final
    out.append(plt)
    d, words = view.newest("liver_tests")
    parts = [view.newest(code) for code in ("alt", "ast", "bilirubin")]
    whole = [d] if words is not None and words["value"] == "normal" else []
    if all(r is not None and not odd(code)(r) for code, (_, r) in zip(("alt", "ast", "bilirubin"), parts)):
        whole.append(min(x for x, _ in parts))
    last = max(whole, default=None)
    by_words = words is not None and words["value"] == "normal" and d == last
    # "A newer preliminary value means what it would mean if it were final" (docs/decisions/0006): a complete normal panel
    # ends older findings, those that are not final too
    early = view.with_preliminary(("liver_tests", "alt", "ast", "bilirubin", "alp"))
    bad_if_final = early is not None and liver_tests(early, on)["state"] in ("not_met", "unknown")
    liver = view.preliminary("liver_tests", abnormal) if bad_if_final else []
    liver += view.not_fit("liver_tests", last, own=by_words)
    for code in ("alt", "ast", "bilirubin", "alp"):
        own = not by_words and code != "alp" and view.newest(code)[0] == last
        liver += (view.preliminary(code, odd(code)) if bad_if_final else []) + view.not_fit(code, last, own=own)
    out.append(unsure(view, liver_tests(view, on), [], liver))
    if pregnancy_asked(view):
        found = not_final(pregnancy_test(view, on), "hcg", lambda r: r["value"] != "negative")
        out.append(stays(found, "hcg", lambda r: r["value"] == "positive"))
    screen = not_final(infection_screen(view, on), "urinalysis", lambda r: r["value"] == "infection")
    early = view.with_preliminary(("temperature", "urinalysis"))
    if early is not None and screen["state"] in ("met", "caution") and infection_screen(early, on)["state"] in ("not_met", "unknown"):
        screen = unsure(view, screen, [], [m for c in ("temperature", "urinalysis") for m in view.preliminary(c, lambda _: True)])
    return out + [screen]
