"""The worked cases of clinical §6, expectations typed by hand from the text."""
import os
import sys
from datetime import date
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from oracle import Oracle                                                       # noqa: E402

FAILED = []
NO = dict.fromkeys(["hepatic_impairment", "hypersensitivity", "cardiac_disease", "prior_anthracycline",
                    "mediastinal_radiotherapy", "cardiotoxic_drug", "breast_feeding", "active_infection"], "no")


def eq(what, got, want):
    if got != want:
        FAILED.append(what)
        print("FAIL", what, "\n   got ", got, "\n   want", want)


def patient(sex="female", born="1993-04-02", **k):
    return {"kind": "patient", "id": "P", "sex": sex, "born": born, **k}


def course(on, ms="secondary_progressive", prior="0", **k):
    facts = {"ms_type": ms, "alternatives": "none left", "treatment_agreement": "yes", **NO, **k}
    if prior is not None:
        facts["prior_mitoxantrone_mg_m2"] = prior
    return {"kind": "course", "on": on, "facts": facts}


def res(code, value, on, unit=None, **k):
    units = {"lvef": "%", "neutrophils": "10*9/L", "leucocytes": "10*9/L", "lymphocytes": "10*9/L", "platelets": "10*9/L"}
    return {"kind": "result", "code": code, "value": value, "unit": unit or units.get(code), "on": on, **k}


def inf(on, mg="21.0", h="175", w="63", **k):
    out = {"kind": "infusion", "on": on, "dose_mg": mg}
    return {**out, "height_cm": h, "weight_kg": w, **k} if h else {**out, **k}


def sym(code, at):
    return {"kind": "symptom", "code": code, "at": at + "T10:00:00+00:00"}


def tests(on, leave=(), **values):
    v = {"lvef": "62", "ecg": "normal", "cardiac_exam": "normal", "neutrophils": "3.2", "lymphocytes": "1.5",
         "platelets": "210", "liver_tests": "normal", "hcg": "negative", "urinalysis": "normal", **values}
    return [res(c, x, on) for c, x in v.items() if c not in leave]


def oracle(profile, lines, extra=(), rec="2030-01-01"):
    return Oracle(profile, lines, recorded_on=date.fromisoformat(rec), events_extra=extra)


def not_fine(g, states=("unknown", "not_met")):
    return sorted((r["rule"], r["state"]) for r in g["requirements"] if r["state"] in states)


def rules(ws, *but):
    return sorted(w["rule"] for w in ws if w["severity"] != "info")


def dues(o, as_of, rule, **k):
    return [c["due"] for c in o.upcoming(as_of, **k) if c["rule"] == rule]


# W1
w1 = [patient("male", "1945-01-01"), course("2003-05-01"), inf("2005-04-15", "148", None),
      res("leucocytes", "700", "2005-08-15", "/mm3"), res("neutrophils", "308", "2005-08-15", "/uL"),
      res("platelets", "54000", "2005-08-15", "/uL"), sym("fever", "2005-08-15")]
o = oracle("us", w1)
eq("W1 quarterly", dues(o, "2005-04-16", "cbc-follow-up", until="2006-01-31"), ["2005-07-15", "2005-10-15", "2006-01-15"])
ws = {w["rule"]: w for w in o.warnings("2005-08-15")}
eq("W1 emergency", ws["febrile-neutropenia"]["severity"], "emergency")
eq("W1 suspected", ws["suspected-leukaemia"]["since"], "2005-08-15")
eq("W1 no watch", "infection-watch" in ws, False)
eq("W1 exposure", (o.exposure("2005-08-15")["total"], o.exposure("2005-08-15")["infusions"][0]["mg_per_m2"]), (None, None))
eq("W1 unknown", "exposure-unknown" in ws, True)
for bsa, want in (("1.5", "98.67"), ("2.2", "67.27")):
    eq("W1 bracket", oracle("us", w1[:2] + [inf("2005-04-15", "148", None, bsa_m2=bsa)]).exposure("2005-05-01")["total"], want)
# W2
w2 = [patient(born="1953-06-01"), course("2001-01-01"), inf("2001-01-15", "15"), sym("bleeding", "2003-07-15")]
for p, n, last in (("fr", 20, "2006-01-15"), ("us", 24, "2007-01-15"), ("eu", 24, "2007-01-15")):
    d = dues(oracle(p, w2), "2001-01-16", "cbc-follow-up", until="2020-01-01")
    eq("W2 " + p, (len(d), d[0], d[9], d[-1]), (n, "2001-04-15", "2003-07-15", last))
eq("W2 SY4", "bleeding-symptom" in rules(oracle("fr", w2).warnings("2003-07-15")), True)
# W3
for p in ("us", "eu", "fr"):
    w3 = [patient(born="1950-01-01", can_conceive=False), course("2008-12-01", "primary_progressive"),
          *tests("2009-01-05"), sym("bruising", "2010-01-01")]
    g = oracle(p, w3).gate("2009-01-06", "2009-01-06", dose_mg="20", bsa_m2="1.75")
    o = oracle(p, [*w3, inf("2009-01-06", "20")])
    eq("W3 " + p, (g["verdict"], not_fine(g)), ("hold", [("indication", "not_met")]))
    eq("W3 follow", len(dues(o, "2009-02-01", "cbc-follow-up", until="2009-05-01")), 1)
    eq("W3 warn " + p, rules(o.warnings("2010-01-02")), ["bleeding-symptom", "given-against-gate"])
# W4
o = oracle("eu", [patient(), course("2020-01-01", "highly_active_relapsing"), res("lvef", "55", "2020-01-02"),
                  inf("2020-01-10"), res("lvef", "47", "2020-04-08")])
g = o.gate("2020-04-10", "2020-04-10")
eq("W4", [(r["state"], r["verdict"]) for r in g["requirements"] if r["rule"] == "lvef"], [("not_met", "stop")])
eq("W4 low", "low-lvef" in rules(o.warnings("2020-04-10")), True)
eq("W4 no checks while stop", dues(o, "2020-04-10", "next-infusion"), [])
# W5
w5 = [patient(can_conceive=True), course("2023-01-03"), *tests("2023-01-09")]
o = oracle("us", w5)
g = o.gate("2023-01-10", "2023-01-10", dose_mg="21.0", height_cm="175", weight_kg="63")
eq("W5 gate", (g["verdict"], g["dose"], not_fine(g)), ("clear", {"mg": "21.0", "bsa_m2": "1.7500", "mg_per_m2": "12.00"}, []))
eq("W5 exp", {k: g["exposure"][k] for k in ("given", "after", "ceiling", "remaining", "remaining_mg", "over_by")},
   {"given": "0.00", "after": "12.00", "ceiling": "140", "remaining": "140.00", "remaining_mg": "245.0", "over_by": "0.00"})
o = oracle("us", w5 + [inf("2023-01-10")])
g = o.gate("2023-04-10", "2023-01-11", dose_mg="21.0", height_cm="175", weight_kg="63")
eq("W5 exp2", (g["exposure"]["given"], g["exposure"]["after"], g["exposure"]["remaining"], g["exposure"]["remaining_mg"]),
   ("12.00", "24.00", "128.00", "224.0"))
eq("W5 eu", oracle("eu", w5 + [inf("2023-01-10")]).exposure("2023-01-11")["remaining"], "60.00")
for rule, want in (("cbc-nadir", "2023-01-20"), ("next-infusion", "2023-04-10"), ("lvef", "2023-04-10"), ("ecg", "2023-04-10"),
                   ("neutrophils", "2023-04-10"), ("liver-tests", "2023-04-10"), ("pregnancy-test", "2023-04-10")):
    eq("W5 " + rule, dues(o, "2023-01-11", rule), [want])
eq("W5 FU1", dues(o, "2023-01-11", "lvef-follow-up", until="2024-01-31"), ["2024-01-10"])
eq("W5 FU2", dues(o, "2023-01-11", "cbc-follow-up"), ["2023-04-10"])
watch = [w for w in o.warnings("2023-02-10") if w["rule"] == "infection-watch"]
eq("W5 watch", [(w["since"], w["until"], w["peak"]["from"], w["peak"]["until"]) for w in watch],
   [("2023-01-10", "2023-02-10", "2023-01-17", "2023-01-24")])
eq("W5 watch ends", [w for w in o.warnings("2023-02-11") if w["rule"] == "infection-watch"], [])
o2 = oracle("us", w5 + [inf("2023-01-10"), inf("2023-04-10")])
eq("W5 re-anchor", (dues(o2, "2023-04-11", "cbc-follow-up"), dues(o2, "2023-04-11", "lvef-follow-up", until="2024-12-01")),
   (["2023-07-10"], ["2024-04-10"]))
# W6
w6 = [patient(can_conceive=True), course("2024-01-01"), *tests("2024-01-14"), inf("2024-01-15"), *tests("2024-04-02")]
g = oracle("us", w6).gate("2024-06-03", "2024-06-03", dose_mg="21.0", bsa_m2="1.75")
eq("W6 us", (g["verdict"], not_fine(g), not_fine(g, ("caution",))),
   ("hold", [(r, "unknown") for r in ("cardiac-exam", "infection-screen", "neutrophils", "platelets", "pregnancy-test")],
    [(r, "caution") for r in ("ecg", "liver-tests", "lvef")]))
o = oracle("us", w6 + [inf("2024-06-03")])
eq("W6 next", (dues(o, "2024-06-04", "next-infusion", until="2024-12-31"), o.exposure("2024-06-04")["total"]), (["2024-09-03"], "24.00"))
for d, want in (("2024-05-26", "unknown"), ("2024-05-27", "met"), ("2024-06-03", "met")):
    g = oracle("eu", w6 + [res("neutrophils", "3", d)]).gate("2024-06-03", "2024-06-03")
    eq("W6 eu " + d, [r["state"] for r in g["requirements"] if r["rule"] == "neutrophils"], [want])
# W7
w7 = [patient(can_conceive=True), course("2024-01-01"), *tests("2024-01-09", lvef="60"), inf("2024-01-10"),
      *tests("2024-04-08", lvef="60"), inf("2024-04-10"), res("ecg", "normal", "2024-07-01"),
      res("cardiac_exam", "normal", "2024-07-08"), res("neutrophils", "2.1", "2024-07-08"), res("platelets", "210", "2024-07-08"),
      res("hcg", "negative", "2024-07-09"), res("urinalysis", "normal", "2024-07-09")]
g = oracle("us", w7 + [res("lvef", "58", "2024-07-01")]).gate("2024-07-10", "2024-07-10", dose_mg="21.0", bsa_m2="1.75")
eq("W7", (g["verdict"], not_fine(g), g["exposure"]["given"]), ("hold", [("liver-tests", "unknown")], "24.00"))
g = oracle("us", w7 + [res("liver_tests", "normal", "2024-07-08")]).gate("2024-07-10", "2024-07-10", dose_mg="21.0", bsa_m2="1.75")
eq("W7 variant", (g["verdict"], not_fine(g)), ("hold", [("lvef", "unknown")]))
# W8
for value, unit, want in (("1400", "/uL", "not_met"), ("1.4", "10*9/L", "not_met"), ("1499", "/uL", "not_met"),
                          ("1500", "/uL", "met"), ("1.5", "10*9/L", "met"), ("1500", "/mm3", "met")):
    g = oracle("us", [patient(), course("2024-01-01"), res("neutrophils", value, "2024-01-02", unit)]).gate("2024-01-03", "2024-01-03")
    eq("W8 " + value, [r["state"] for r in g["requirements"] if r["rule"] == "neutrophils"], [want])
for p, leave, values, want in (
        ("fr", (), {"lymphocytes": "0.9"}, ("hold", [("lymphocytes", "not_met")])), ("us", (), {"lymphocytes": "0.9"}, ("clear", [])),
        ("fr", (), {"platelets": "98"}, ("hold", [("platelets", "not_met")])), ("us", (), {"platelets": "98"}, ("caution", [])),
        ("eu", (), {"platelets": "98"}, ("caution", [])), ("us", (), {"leucocytes": "2.9"}, ("clear", [])),
        ("eu", (), {"leucocytes": "2.9"}, ("clear", [])), ("fr", (), {"leucocytes": "2.9"}, ("clear", []))):
    ms = "highly_active_relapsing" if p == "eu" else "secondary_progressive"
    g = oracle(p, [patient(), course("2024-01-01", ms), *tests("2024-01-02", leave, **{"neutrophils": "1.6", **values})]).gate("2024-01-03", "2024-01-03")
    eq("W8 " + p + str(values), (g["verdict"], not_fine(g)), want)
# W9
w9 = [patient(can_conceive=True), course("2024-01-01"), *tests("2024-02-18"), inf("2024-02-20"), *tests("2024-05-19", ("hcg",))]
g = oracle("us", w9).gate("2024-05-20", "2024-05-20")
eq("W9 missing", (g["verdict"], not_fine(g)), ("hold", [("pregnancy-test", "unknown")]))
eq("W9 same day", oracle("us", w9 + [res("hcg", "negative", "2024-05-20")]).gate("2024-05-20", "2024-05-20")["verdict"], "clear")
g = oracle("us", [patient("male"), *w9[1:]]).gate("2024-05-20", "2024-05-20")
eq("W9 man", (g["verdict"], "pregnancy-test" in [r["rule"] for r in g["requirements"]]), ("clear", False))
# W10
for p, want in (("us", ("caution", "caution")), ("eu", ("caution", "caution")), ("fr", ("not_met", "stop"))):
    o = oracle(p, [patient(), course("2024-01-01", prior_anthracycline="yes")])
    g = o.gate("2024-01-03", "2024-01-03")
    eq("W10 " + p, [(r["state"], r["verdict"]) for r in g["requirements"] if r["rule"] == "cardiac-risk"], [want])
    eq("W10 rem " + p, (g["exposure"]["given"], g["exposure"]["remaining"]), ("0.00", "140.00" if p == "us" else "72.00"))
for p, want in (("us", ("met", "clear")), ("eu", ("not_met", "stop")), ("fr", ("not_met", "stop"))):
    g = oracle(p, [patient(), course("2024-01-01", prior="36")]).gate("2024-01-03", "2024-01-03")
    eq("W10 prior " + p, [(r["state"], r["verdict"]) for r in g["requirements"] if r["rule"] == "prior-mitoxantrone"], [want])
    if p == "us":
        eq("W10 sum", (g["exposure"]["given"], g["exposure"]["remaining"]), ("36.00", "104.00"))
# W11
base = [patient(), course("2024-03-01"), *tests("2024-03-03"), inf("2024-03-04")]
a = base + [res("neutrophils", "0.4", "2024-03-16"), sym("fever", "2024-03-16")]
eq("W11a", rules(oracle("us", a).warnings("2024-03-16")), ["febrile-neutropenia", "severe-neutropenia"])
b = oracle("us", base + [sym("fever", "2024-03-16")])
eq("W11b", rules(b.warnings("2024-03-16")), ["febrile-neutropenia"])      # one fever is one warning (S1)
eq("W11b cbc", dues(b, "2024-03-16", "cbc-now"), ["2024-03-16"])
eq("W11c", rules(oracle("us", base + [sym("painful_urination", "2024-03-16")]).warnings("2024-03-16")), ["infection-symptom"])
eq("W11d", rules(oracle("us", base + [sym("fever", "2024-04-13")]).warnings("2024-04-13")), ["infection-symptom"])
eq("W11e", [(c["due"], c["state"]) for c in oracle("us", base).upcoming("2024-03-26") if c["rule"] == "cbc-nadir"], [("2024-03-14", "overdue")])

for more in ("check_more.py", "check_second.py"):
    exec(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), more)).read())
print("FAILED:" if FAILED else "all fine", FAILED)
sys.exit(bool(FAILED))
