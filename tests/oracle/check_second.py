# The second edition (S1-S3), by hand from the contract and the clinical files. Run by check.py (uses its helpers).
now = lambda line: {**line, "recorded_on": line["on"]}
G = lambda p, *more, on="2024-04-15", **k: oracle(p, ok + list(more)).gate(on, on, **k)
one = lambda g, rule: state(g, rule)[0] if state(g, rule) else None
said = lambda o, day, *rules_: sorted((w["rule"], w["severity"], w["since"]) for w in o.warnings(day) if w["rule"] in rules_)
CR = lambda day, *more, p="us": [(s, d) for _, s, d in said(oracle(p, ok + [now(m) for m in more]), day, "critical-result")]
V = lambda code, value, on, unit=None, **k: now(res(code, value, on, unit or {
    "haemoglobin": "g/L", "bilirubin": "umol/L", "creatinine": "umol/L", "alt": "U/L", "ast": "U/L"}.get(code), **k))
U = lambda on: [("urgent", on)]
D = "2024-04-01"                                                                # D+77: outside every phase
# each row: a step outside, at, inside; in two units where there are two
for code, value, unit, want in (
        ("neutrophils", "1.0", "10*9/L", []), ("neutrophils", "0.99", "10*9/L", U(D)), ("neutrophils", "990", "/uL", U(D)),
        ("neutrophils", "1000", "/uL", []), ("neutrophils", "0.5", None, U(D)), ("neutrophils", "0.49", None, []),
        ("leucocytes", "1.0", None, []), ("leucocytes", "0.99", None, U(D)), ("leucocytes", "990", "/uL", U(D)),
        ("leucocytes", "30", None, []), ("platelets", "50", None, []), ("platelets", "49", None, U(D)),
        ("platelets", "49000", "/uL", U(D)), ("platelets", "20", None, U(D)), ("platelets", "19.9", None, [("emergency", D)]),
        ("platelets", "8", None, [("emergency", D)]), ("haemoglobin", "80", None, []), ("haemoglobin", "79", None, U(D)),
        ("haemoglobin", "7.9", "g/dL", U(D)), ("haemoglobin", "8.0", "g/dL", []), ("haemoglobin", "60", None, U(D)),
        ("bilirubin", "171", None, []), ("bilirubin", "171.1", None, U(D)), ("bilirubin", "9.9", "mg/dL", []),
        ("bilirubin", "10.1", "mg/dL", U(D)), ("alt", "500", None, []), ("alt", "501", None, U(D)), ("ast", "501", None, U(D)),
        ("creatinine", "354", None, []), ("creatinine", "355", None, U(D)), ("creatinine", "3.9", "mg/dL", []),
        ("creatinine", "4.1", "mg/dL", U(D))):
    eq(f"row {code} {value} {unit}", CR(D, V(code, value, D, unit)), want)
eq("severe says it", "severe-neutropenia" in rules(oracle("us", ok + [V("neutrophils", "0.49", D)]).warnings(D)), True)
eq("own uln", (CR(D, V("alt", "400", D, uln="40")), CR(D, V("alt", "401", D, uln="40")), CR(D, V("alt", "501", D, uln="60"))), ([], U(D), []))
# neutrophils: D+20 = 2024-02-04 is inside, D+21 outside
for d, want in (("2024-02-04", []), ("2024-02-05", U("2024-02-05"))):
    eq("phase " + d, CR(d, V("neutrophils", "0.9", d)), want)
# leucocytes above 30: outside D+28 = 2024-02-12 suspected leukaemia says it, inside critical-result does
L31 = lambda d: said(oracle("us", ok + [V("leucocytes", "105", d)]), d, "critical-result", "suspected-leukaemia")
eq("leuk in", L31("2024-02-12"), [("critical-result", "urgent", "2024-02-12")])
eq("leuk out", L31("2024-02-13"), [("suspected-leukaemia", "urgent", "2024-02-13")])
# a fall of 20 g/L within 28 days; the run ends when it no longer holds; a rise to more than twice within a year
H = lambda v, d: V("haemoglobin", v, d)
eq("fall", (CR("2024-04-29", H("130", D), H("110", "2024-04-29")), CR("2024-04-29", H("130", D), H("111", "2024-04-29")),
            CR("2024-04-30", H("130", D), H("110", "2024-04-30"))), (U("2024-04-29"), [], []))
eq("fall goes on", CR("2024-04-20", H("130", D), H("105", "2024-04-10"), H("109", "2024-04-20")), U("2024-04-10"))
eq("fall over", CR("2024-04-20", H("130", D), H("105", "2024-04-10"), H("111", "2024-04-20")), [])
K = lambda v, d: V("creatinine", v, d)
eq("rise", (CR("2025-04-01", K("80", D), K("161", "2025-04-01")), CR("2025-04-01", K("80", D), K("160", "2025-04-01")),
            CR("2025-04-02", K("80", D), K("161", "2025-04-02"))), (U("2025-04-01"), [], []))
# emergencies: bleeding from 14 days before the value on; haemoglobin below 70 with the heart
P40 = lambda bled: [s for s, _ in CR("2024-04-20", V("platelets", "40", D), {**sym("bleeding", bled), "on": bled})]
eq("bled", (P40("2024-03-17"), P40("2024-03-18"), P40("2024-04-19")), (["urgent"], ["emergency"], ["emergency"]))
H69 = lambda v: [s for s, _ in CR("2024-04-20", H(v, D), {**sym("palpitations", "2024-04-10"), "on": "2024-04-10"})]
eq("heart", (H69("70"), H69("69")), (["urgent"], ["emergency"]))
# more than 30 days old when first seen: caution, no requirement
for rec, want in (("2024-05-01", "urgent"), ("2024-05-02", "caution")):
    o = oracle("us", ok + [{**res("platelets", "40", D), "recorded_on": rec}])
    eq("old " + rec, [s for _, s, _ in said(o, "2024-05-02", "critical-result")], [want])
    eq("old gate " + rec, one(o.gate("2024-05-02", "2024-05-02"), "critical-result"), ("not_met", "hold") if want == "urgent" else ("caution", "caution"))
    eq("old platelets " + rec, one(o.gate("2024-05-02", "2024-05-02"), "platelets"), ("not_met", "hold"))
W50 = lambda rule, lines: one(oracle("us", ok + lines, [W(rule, "2024-04-12")]).gate("2024-04-15", "2024-04-15"), rule)
eq("not waived", (W50("critical-result", [V("platelets", "40", D)]), W50("neutrophils", [V("neutrophils", "0.49", D)]),
                  W50("neutrophils", [V("neutrophils", "0.5", D)])), (("not_met", "hold"), ("not_met", "hold"), ("caution", "caution")))
# no course at all
o = oracle("us", [patient(), V("platelets", "19", D)])
eq("no course", said(o, D, "critical-result"), [("critical-result", "emergency", D)])
eq("repeat", [(c["opens"], c["due"], c["overdue_after"]) for c in oracle("us", ok + [V("platelets", "40", D)]).upcoming(D)
              if c["rule"] == "critical-repeat"], [("2024-04-02", "2024-04-02", "2024-04-03")])
# one line low twice, 14 days apart, outside D+28, no normal one between
UC = lambda day, *more: [d for _, _, d in said(oracle("us", ok + list(more)), day, "unexplained-cytopenia")]
eq("twice", (UC("2024-03-14", V("platelets", "99", "2024-03-01"), V("platelets", "98", "2024-03-14")),
             UC("2024-03-15", V("platelets", "99", "2024-03-01"), V("platelets", "98", "2024-03-15")),
             UC("2024-03-15", V("platelets", "99", "2024-03-01"), V("platelets", "100", "2024-03-08"), V("platelets", "98", "2024-03-15")),
             UC("2024-03-01", V("platelets", "99", "2024-02-12"), V("platelets", "98", "2024-03-01"))), ([], ["2024-03-15"], [], []))
# two lines low: D+20 = 2024-02-04 no, D+21 yes
eq("two lines", (UC("2024-02-04", V("platelets", "99", "2024-02-04"), V("neutrophils", "1.4", "2024-02-04")),
                 UC("2024-02-05", V("platelets", "99", "2024-02-05"), V("neutrophils", "1.4", "2024-02-05"))), ([], ["2024-02-05"]))
# fever
FN = lambda day, *more: [w["rule"] for w in oracle("us", ok + list(more)).warnings(day) if w["rule"] in ("febrile-neutropenia", "infection-symptom")]
far = "2024-04-13"
for more, want in (([V("neutrophils", "0.5", "2024-04-01")], "febrile-neutropenia"), ([V("neutrophils", "0.51", "2024-04-05")], "infection-symptom"),
                   ([V("neutrophils", "0.3", "2024-02-20")], "febrile-neutropenia"), ([V("leucocytes", "0.4", "2024-04-06")], "febrile-neutropenia"),
                   ([V("leucocytes", "0.4", "2024-04-05")], "infection-symptom"), ([V("leucocytes", "0.5", "2024-04-06")], "infection-symptom"),
                   ([V("leucocytes", "0.4", "2024-04-06"), V("neutrophils", "2", "2024-04-07")], "infection-symptom")):
    eq(f"fever far {more}", FN(far, *more, sym("fever", far)), [want])
for v, d, want in (("0.49", "2024-04-06", "febrile-neutropenia"), ("0.5", "2024-04-06", "infection-symptom"), ("0.49", "2024-04-05", "infection-symptom")):
    eq(f"cough {v} {d}", FN(far, V("neutrophils", v, d), sym("cough", far)), [want])
# hCG and breast-feeding in a man
man = [patient("male"), *ok[1:]]
M = lambda *more: oracle("us", man + list(more)).gate("2024-04-15", "2024-04-15")
eq("hcg man", (one(M(), "pregnancy-test"), one(M(res("hcg", "positive", D)), "pregnancy-test"), one(M(res("hcg", "indeterminate", D)), "pregnancy-test"),
               one(M(res("hcg", "positive", D), res("hcg", "negative", "2024-04-10")), "pregnancy-test")), (None, ("not_met", "stop"), ("unknown", "hold"), None))
F = lambda name, value, on: {"kind": "fact", "fact": name, "value": value, "on": on}
eq("milk man", (one(M(), "breast-feeding"), one(M(F("breast_feeding", "yes", D)), "breast-feeding")), (None, ("not_met", "hold")))
change = {"kind": "change", "on": D, "sex": "male"}
eq("changed", (one(oracle("us", [patient(), *ok[1:], change]).gate("2024-04-15", "2024-04-15"), "pregnancy-test"),
               one(oracle("us", [patient(can_conceive=False), *ok[1:], change]).gate("2024-04-15", "2024-04-15"), "pregnancy-test")), (("unknown", "hold"), None))
eq("anthracycline", one(G("us", {**inf("2023-01-01"), "drug": "doxorubicin"}), "cardiac-risk"), ("caution", "caution"))
# counts from day 14 (2024-01-29)
eq("day 14", [one(G("us", N("3", d), on="2024-02-06"), "neutrophils")[0] for d in ("2024-01-28", "2024-01-29")], ["unknown", "met"])
eq("opens", [c["opens"] for c in oracle("fr", ok).upcoming("2024-01-16") if c["rule"] == "neutrophils"], ["2024-02-08"])
# nothing left, half a dose left; next-infusion not asked for unless booked
for last, want in (("139.91", ("not_met", "stop")), ("139.9", ("caution", "caution")), ("134.01", ("caution", "caution")), ("134", ("met", "clear"))):
    o = oracle("us", [patient(), course("2024-01-01", prior=last)])
    eq("left " + last, one(o.gate("2024-04-15", "2024-04-15", bsa_m2="10"), "lifetime-dose"), want)
small = [patient(), course("2024-01-01", prior="123"), inf("2024-01-15", "21")]    # 5 mg/m2 left
eq("not asked", (dues(oracle("us", small), "2024-02-01", "next-infusion"), dues(oracle("us", small, [{"kind": "plan", "on": "2024-04-20"}]), "2024-02-01", "next-infusion")),
   ([], ["2024-04-20"]))
# one infusion in two parts: one nadir count, one of six, mg added
parts = [patient(), course("2026-01-01"), {**inf("2026-01-10", "11"), "_seq": 50, "_origin": 50}, {**inf("2026-01-11", "9"), "part_of": 50}]
o = oracle("fr", parts)
eq("parts", (dues(o, "2026-01-12", "cbc-nadir"), o.exposure("2026-01-12")["total"]), (["2026-01-20"], "11.43"))
g = oracle("us", ok).gate("2024-01-15", "2024-01-15")
eq("left out", (bool(g["left_out"]), bool(oracle("us", ok).gate("2024-01-16", "2024-01-16")["left_out"])), (True, False))
# liver: a complete normal panel ends older findings; a later one that cannot be judged makes it unknown
eq("liver 2", (L(res("liver_tests", "abnormal", "2024-04-01"), *full), L(T("alt", "90", "2024-04-01"), *full, T("alt", "30", "2024-04-12", None)),
               L(res("liver_tests", "normal", "2024-04-10"), T("alt", "30", "2024-04-12", None))), ("met", "unknown", "unknown"))
# dose-size, route, waivers
big = [W("dose-size", "2024-04-12"), W("route", "2024-04-12"), W("hypersensitivity", "2024-04-12")]
Z = lambda mg, **k: oracle("us", ok, big).gate("2024-04-15", "2024-04-15", dose_mg=mg, bsa_m2="1", **k)
eq("arguments", (one(Z("18"), "dose-size"), one(Z("18.01"), "dose-size"), one(Z("12", route="im"), "route")),
   (("not_met", "hold"), ("not_met", "hold"), ("not_met", "stop")))
eq("same day", state(oracle("us", low + [inf("2024-04-15")], [W("lvef", "2024-04-15")]).gate("2024-07-15", "2024-07-15"), "lvef"), [("not_met", "hold")])
for prior, want in (("115.9", ("caution", "caution")), ("116", ("unknown", "hold"))):
    lines = [patient(), course("2020-01-01", prior=prior), inf("2020-06-01", "20", None), inf("2020-09-01", "12", None, bsa_m2="1")]
    eq("old surface " + prior, one(oracle("us", lines, [W("lifetime-dose", "2020-12-01")]).gate("2020-12-02", "2020-12-02"), "lifetime-dose"), want)
# EU: the worse count, LVEF fall of more than 10; FR: weekly, at the end
eq("eu worse", A("eu", N("2.0", "2024-04-10"), res("leucocytes", "2.9", "2024-04-10"), sym("cough", "2024-04-10")), R("6.00"))
for v, want in (("52", ("caution", "caution")), ("51.9", ("not_met", "hold"))):
    eq("eu fall " + v, one(G("eu", res("lvef", v, "2024-04-10")), "lvef"), want)
o = oracle("fr", [*ok, {"kind": "course_end", "on": "2024-03-01"}])
eq("weekly", (len([1 for c in o.upcoming("2024-01-16", "2030-01-01") if c["rule"] == "cbc-weekly"]), dues(o, "2024-01-16", "cbc-weekly")[0]), (26, "2024-01-22"))
eq("at end", [(c["opens"], c["due"], c["overdue_after"]) for c in o.upcoming("2024-03-01") if c["rule"] == "lvef-end"], [("2024-01-31", "2024-03-01", "2024-03-31")])
RC = lambda *more: [(c["opens"], c["due"], c["overdue_after"], c["done_on"]) for c in oracle("us", ok + list(more)).upcoming("2024-02-20", None, ["open", "overdue", "done"])
                    if c["rule"] == "recovery-count"]
eq("recovery", (RC(N("1.0", "2024-01-25")), RC(N("0.99", "2024-01-25")), RC(res("platelets", "49", "2024-01-25"))),
   ([], *[[("2024-01-30", "2024-02-05", "2024-02-12", None)]] * 2))
# a clinician's no after the symptom; overdose; old infusions; two corrected; bookings
IS = lambda *more: one(G("us", res("urinalysis", "normal", "2024-04-10"), sym("cough", "2024-04-05"), *more), "infection-screen")
eq("clinician", (IS(), IS(F("active_infection", "no", "2024-04-04")), IS(F("active_infection", "no", "2024-04-05"))),
   (("not_met", "hold"), ("not_met", "hold"), ("caution", "caution")))
OD = lambda mg, **k: "overdose-or-wrong-route" in rules(oracle("us", [*ok, inf("2024-04-15", mg, None, bsa_m2="1", **k)]).warnings("2024-04-15"))
eq("a year is 12 months", [bool(CR(on, V("creatinine", "80", "2023-12-12"), V("creatinine", "161", on))) for on in ("2024-12-12", "2024-12-13")], [True, False])
eq("none prints", (CR(D, V("alt", "501", D, uln="101")), CR(D, V("alt", "500", D, uln="400")), CR(D, V("ast", "501", D, uln="100"))), (U(D), [], []))
eq("following days", ["overdose-or-wrong-route" in rules(oracle("us", [*ok, inf(on, "25", None, bsa_m2="1.5"), inf("2024-04-15", mg, None, bsa_m2="2")]).warnings("2024-04-15"))
                      for on, mg in (("2024-04-14", "11.1"), ("2024-04-14", "11"), ("2024-04-13", "11.1"))], [True, False, False])
eq("overdose", (OD("24"), OD("24.1"), OD("12", route="intrathecal")), (False, True, True))
for d, want in (("2023-12-17", "stop"), ("2023-12-18", "clear")):
    o = oracle("eu", [*ok[:2], inf(d)], rec="2026-01-01")
    eq("earlier " + d, one(o.gate("2024-04-15", "2024-04-15"), "prior-mitoxantrone")[1], want)
    eq("no want of course " + d, "given-against-gate" in rules(o.warnings("2024-01-02")), False)
AT = lambda at: {"status": "corrected", "begun_at": at, "told_at": at}
FIX = lambda one_at, other_at: one(G("us", res("lvef", "46", "2024-04-10", **AT(one_at)), res("lvef", "60", "2024-04-10", **AT(other_at))), "lvef")
eq("corrected", (FIX("10:00", "11:00"), FIX("10:00", "10:00"), FIX("11:00", "10:00")), (("met", "clear"), *2 * [("not_met", "stop")]))
o = oracle("us", ok, [{"kind": "plan", "on": "2024-04-20"}, {"kind": "plan", "on": "2024-05-20"}, {"kind": "cancel", "on": "2024-02-01"}])
eq("cancelled", (dues(o, "2024-02-02", "next-infusion")), ["2024-04-15"])
# no gate is clear while a warning stands; what is not final, what is not asked for; samples of one day; other drugs
T15 = tests("2024-04-10")
GV = lambda *more, **k: G("eu", *T15, *more, **k)["verdict"]
eq("tidy", GV(), "clear")
eq("good tests after a symptom", (GV(sym("palpitations", "2024-04-10")), GV(sym("bleeding", "2024-04-01"))), ("clear", "clear"))
eq("no requirement asks", (GV(V("creatinine", "355", "2024-04-10")), GV({**res("leucocytes", "0.99", "2024-03-01"), "recorded_on": "2024-04-01"})), ("hold", "caution"))
eq("overdose holds", (GV(inf("2024-03-10", "42")), GV(inf("2024-03-10", "42.1"))), ("clear", "hold"))
# 28 days before in Europe; 12.60 mg/m2 twice are allowed: 44.1 mg for 1.75 m2
OD = lambda *mg: "overdose-or-wrong-route" in rules(oracle("eu", [patient(), course("2024-01-01"), *(inf(d, m) for d, m in zip(("2024-01-15", "2024-02-11", "2024-03-20"), mg))]).warnings("2024-03-20"))
eq("overdose near", (OD("21", "23.1"), OD("21", "23.2"), OD("21", "21", "42")), (False, True, False))
UF = lambda code, value, on: GV(res(code, value, on, status="unsuitable"))
eq("unfit", (UF("platelets", "240", "2024-04-11"), UF("platelets", "9", "2024-04-10"), UF("creatinine", "80", "2024-04-11"), UF("thyroid_tests", "normal", "2024-04-11"), UF("alp", "80", "2024-04-11")), ("hold", "clear", "hold", "caution", "hold"))
eq("limit that none prints", [L(*full, T("alt", "90", "2024-04-11", u)) for u in ("100", "101", "80")], ["met", "unknown", "not_met"])
PF = lambda code, value, on="2024-04-11": GV(res(code, value, on, status="preliminary"))
eq("preliminary", (PF("neutrophils", "1.4"), PF("neutrophils", "1.5"), PF("neutrophils", "1.4", "2024-04-10"), PF("hcg", "positive")), ("hold", "clear", "clear", "hold"))
eq("leucocytes", [one(G("us", *T15, res("leucocytes", v, on)), "neutrophils")[1] for v, on in (("1.4", "2024-04-11"), ("1.4", "2024-04-10"), ("1.5", "2024-04-11"))], ["hold", "clear", "clear"])
eq("recorded against", (GV(F("pregnancy", "yes", "2024-04-01")), GV(F("malignancy", "yes", "2024-04-01")), GV(F("malignancy", "no", "2024-04-01"))), ("stop", "caution", "clear"))
RUN = lambda *more: [s for s, _ in CR("2024-05-20", V("platelets", "12", D), *more)]
late = {**res("platelets", "15", "2024-04-02"), "recorded_on": "2024-05-20"}
eq("an old value calms nothing", (RUN(), [s for _, s, _ in said(oracle("us", [*ok, V("platelets", "12", D), late]), "2024-05-20", "critical-result")]), (["emergency"], ["emergency"]))
DAY = lambda *more: one(G("us", *(res("neutrophils", v, "2024-04-12", **k) for v, k in more)), "neutrophils")
fixed = ("3.1", {"status": "corrected"})
eq("a second sample", (DAY(("0.6", {}), fixed), DAY(("3.0", {}), fixed, ("0.6", {"second": True})), DAY(("0.6", {"second": True}), fixed)), (("met", "clear"), ("not_met", "hold"), ("not_met", "hold")))
both = [res("leucocytes", "2.5", "2024-04-10"), res("leucocytes", "105", "2024-04-10", second=True)]
eq("leucocytes at both ends", (said(oracle("us", ok + both), "2024-04-10", "critical-result", "suspected-leukaemia"), A("eu", *both, sym("cough", "2024-04-10"))), ([("suspected-leukaemia", "urgent", "2024-04-10")], R("6.00")))
DX = lambda on: one(G("us", *T15, {"kind": "infusion", "drug": "doxorubicin", "on": on}), "neutrophils")
eq("day 14 of any drug", (DX("2024-03-27"), DX("2024-03-28")), (("met", "clear"), ("unknown", "hold")))
SZ = lambda mg, p: one(G(p, dose_mg=mg, bsa_m2="1.5"), "dose-size")
eq("rounding", [(SZ("18.45", p), SZ("18.46", p)) for p in ("us", "fr")], [(("met", "clear"), ("caution", "caution")), (("caution", "caution"), ("caution", "caution"))])
# a waiver covers what was known when it was made: a dose corrected or added to after it is newer; a good part of a panel that is not whole says nothing against, one that cannot be judged does
KNOWN = lambda rule, on, lines: one(oracle("us", lines, [W(rule, on)]).gate("2024-01-27", "2024-01-27"), rule)
early, later = N("3", "2024-01-25"), {**ok[-1], "_seq": 99}
eq("dose corrected", (KNOWN("neutrophils", "2024-01-26", [*ok, early]), KNOWN("neutrophils", "2024-01-26", [*ok[:-1], later, early]),
                      KNOWN("neutrophils", "2024-01-26", [*ok, early, {**inf("2024-01-16", "2"), "part_of": len(ok), "_seq": 99}]),
                      KNOWN("neutrophils", "2024-01-26", [*ok[:-1], later, N("1.2", "2024-01-25")])), (("caution", "caution"), *2 * [("unknown", "hold")], ("caution", "caution")))
PART = lambda *a: KNOWN("liver-tests", "2024-01-26", [*ok[:8], *ok[9:], {**T(*a), "_seq": 99}])
eq("part of a panel", (PART("alt", "30", "2024-01-20"), PART("alt", "30", "2024-01-10"), PART("alt", "30", "2024-01-20", None), PART("alt", "41", "2024-01-20")),
   (*2 * [("caution", "caution")], ("unknown", "hold"), ("not_met", "hold")))
AGAINST = lambda first: [w["occurrence"] for w in oracle("us", [*ok[:-1], first, *tests("2024-04-10", ["platelets"]), inf("2024-04-15")], [
    {**W("given-against-gate", "2024-04-16"), "occurrence": 2, "anchor": len(ok) + 9, "seq": 50}], rec="2024-04-20").warnings("2024-04-20") if w["rule"] == "given-against-gate"]
eq("given against, an earlier dose corrected", (AGAINST(ok[-1]), AGAINST(later)), ([], [2]))
# the value that a fall or rise is held against, the newest of several as good, is one of its facts: one corrected after the waiver is newer than it
BETTER = lambda *lines, w=True: [i["occurrence"] for i in oracle("us", [*ok, *lines, *tests("2024-04-10"), inf("2024-04-15")], [
    {**W("given-against-gate", "2024-04-16"), "occurrence": 2, "anchor": len(ok) + len(lines) + 10, "seq": 50}][:w], rec="2024-04-20").warnings("2024-04-20") if i["rule"] == "given-against-gate"]
HB = lambda v, on: V("haemoglobin", v, on)
AFTER = lambda line: {**line, "_seq": 99}
eq("a fall from one corrected", (BETTER(HB("130", D), HB("111", "2024-04-03"), HB("85", "2024-04-10"), w=False), BETTER(HB("130", D), HB("111", "2024-04-03"), HB("85", "2024-04-10")),
                                 BETTER(HB("130", D), AFTER(HB("130", "2024-04-03")), HB("85", "2024-04-10")), BETTER(AFTER(HB("130", D)), HB("130", "2024-04-03"), HB("85", "2024-04-10")),
                                 BETTER(HB("130", D), AFTER(HB("111", "2024-04-03")), HB("85", "2024-04-10"))), ([2], [], [2], [], []))
eq("a rise from one corrected", (BETTER(K("80", D), AFTER(K("80", "2024-04-03")), K("161", "2024-04-10")), BETTER(AFTER(K("80", D)), K("80", "2024-04-03"), K("161", "2024-04-10")),
                                 BETTER(AFTER(K("80", D)), K("90", "2024-04-03"), K("161", "2024-04-10"))), ([2], [], [2]))
eq("no fall, but below 80", (BETTER(AFTER(HB("90", D)), HB("75", "2024-04-10")), BETTER(AFTER(V("alt", "40", D)), V("alt", "501", "2024-04-10"))), ([2], []))
# a corrected second sample replaces an earlier one only where there is one; several preliminary ones are answered when as many final ones have come
def SAMPLES(*reports):
    lines = [res("platelets", v, D, second=True, recorded_on=D, **({"status": how} if how else {}), **dict.fromkeys(("begun_at", "told_at"), f"{D}T{n + 9:02}"), **more)
             for n, (v, how, more) in enumerate((*r, {}) if len(r) == 2 else r for r in reports)]
    o = oracle("us", ok + tests("2024-03-31", ["platelets"]) + [res("platelets", "200", "2024-03-31")] + lines)
    return one(o.gate(D, D), "platelets")[0], [s for _, s, _ in said(o, D, "critical-result")], [c["state"] for c in o.upcoming(D, None, ["open", "done"]) if c["rule"] == "sample-repeat"]
BAD_ONE, NONE_LOW, WAITS = ("not_met", ["emergency"], []), ("met", [], []), ("unknown", [], [])
C, P, X = "corrected", "preliminary", "unsuitable"
eq("one second sample corrected", (SAMPLES(("12", None), ("151", C)), SAMPLES(("12", C), ("151", C)), SAMPLES(("12", P), ("151", C)), SAMPLES(("12", P), ("140", None), ("151", C)),
                                   SAMPLES(("12", None), ("140", None, {"gone_at": f"{D}T10:30"}), ("151", C))), 5 * (NONE_LOW,))
eq("one of several", (SAMPLES(("12", None), ("140", None), ("151", C)), SAMPLES(("12", None), ("140", None, {"gone_at": f"{D}T12:00"}), ("151", C)),
                      SAMPLES(("12", C), ("140", None), ("151", C)), SAMPLES(("12", None), ("140", P), ("151", None), ("152", C))), 4 * (BAD_ONE,))
eq("one of several, unfit", (SAMPLES(("12", None), ("140", X), ("151", C)), SAMPLES(("140", X), ("12", None), ("151", C)), SAMPLES(("12", X), ("151", C))),
   (BAD_ONE, BAD_ONE, (*NONE_LOW[:2], ["done"])))                           # `critical-repeat` asks for the same
eq("answers no unfit one of several", (SAMPLES(("130", None), ("140", None), ("120", X), ("151", C)), SAMPLES(("130", None), ("120", X), ("151", None))), (("unknown", [], ["open"]), ("met", [], ["done"])))
eq("as many final ones", (SAMPLES(("12", P), ("140", P), ("141", None)), SAMPLES(("12", P), ("140", P), ("141", None), ("142", None)), SAMPLES(("12", P), ("13", P), ("141", C)),
                          SAMPLES(("12", P), ("140", None), ("13", P))), (WAITS, NONE_LOW, WAITS, WAITS))
# one sample-repeat a code and day; not beside a critical-repeat of the same, from the day of the value until that is overdue; of a waived one where the sample had been seen
SR = lambda *more, w=(): [(c["rule"][:4], c["occurrence"], c["state"], c["due"]) for c in oracle("us", ok + [now(m) for m in more], w).upcoming("2024-04-04", None, ["ahead", "open", "overdue", "done"])
                          if c["rule"] in ("sample-repeat", "critical-repeat")]
UFIT = lambda code, on, **k: res(code, "1", on, "10*9/L", status=X, **k)
asks_again, low_one = ("crit", 1, "overdue", "2024-04-02"), V("platelets", "12", D)
eq("one a day", (SR(UFIT("platelets", D), UFIT("platelets", D, second=True), UFIT("neutrophils", D)), SR(UFIT("platelets", D), UFIT("platelets", "2024-04-02"))),
   ([("samp", 1, "overdue", "2024-04-02"), ("samp", 3, "overdue", "2024-04-02")], [("samp", 1, "overdue", "2024-04-02"), ("samp", 2, "open", "2024-04-03")]))
eq("not both", (SR(low_one, UFIT("platelets", D, second=True)), SR(low_one, UFIT("platelets", "2024-04-03")), SR(low_one, UFIT("platelets", "2024-04-04")),
                SR(low_one, UFIT("platelets", "2024-03-31")), SR(low_one, UFIT("neutrophils", D)), SR(low_one, V("platelets", "140", "2024-04-02"), UFIT("platelets", "2024-04-03"))),
   ([asks_again], [asks_again], [asks_again, ("samp", 1, "open", "2024-04-05")], [("samp", 1, "done", "2024-04-01"), asks_again], [asks_again, ("samp", 1, "overdue", "2024-04-02")],
    [("crit", 1, "done", "2024-04-02"), ("samp", 1, "open", "2024-04-04")]))
WR = lambda on: [{"kind": "waive", "rule": "critical-repeat", "on": on, "occurrence": 1, "anchor": None}]
eq("waived", (SR(low_one, UFIT("platelets", "2024-04-02"), w=[{**WR("2024-04-02")[0], "seq": 99}]), SR(low_one, {**UFIT("platelets", "2024-04-02"), "_seq": 99}, w=[{**WR("2024-04-02")[0], "seq": 50}])),
   ([], [("samp", 1, "open", "2024-04-03")]))
# not where all samples of its code and day were first recorded more than 30 days after it: 2024-05-01 is the 30th, also not as done; at the gate as any other
def LATE(*recorded, more=(), on="2024-05-10"):
    late = [{**UFIT("platelets", D, second=bool(n)), "recorded_on": rec, "begun_at": f"{rec}T{n + 9:02}"} for n, rec in enumerate(recorded)]
    o = oracle("us", ok + late + [now(m) for m in more])
    return ([c["state"] for c in o.upcoming(on, None, ["ahead", "open", "overdue", "done", "missed"]) if c["rule"] == "sample-repeat"], one(o.gate(on, on), "platelets")[0])
again = [V("platelets", "200", "2024-05-08")]
eq("30 and 31 days", (LATE("2024-05-01"), LATE("2024-05-02"), LATE("2024-05-02", more=again), LATE("2024-05-01", more=again), LATE("2024-05-01", "2024-05-02"), LATE("2024-05-02", "2024-05-03")),
   ((["overdue"], "unknown"), ([], "unknown"), ([], "met"), (["done"], "met"), (["overdue"], "unknown"), ([], "unknown")))
# an old critical value that is only a caution does not hide a preliminary one of another code, which would be urgent if it were final
OLD, P09 = {**res("haemoglobin", "60", "2024-03-01", "g/L"), "recorded_on": "2024-05-30"}, now(res("leucocytes", "0.9", "2024-04-10", "10*9/L", status=P))
eq("old one beside a preliminary", (GV(OLD), GV(P09), GV(OLD, P09)), ("caution", "hold", "hold"))
# a panel answers an unfit sample of the liver: normal words, or all three enzymes on the first day by which they are there; of the day itself what was recorded before it too
PS = lambda code, *more: [(c["state"], c["done_on"]) for c in oracle("us", ok + [now({**m, "_seq": 30 + n}) for n, m in enumerate(more)] + [
    {**now({"kind": "result", "code": code, "on": "2024-04-10", "status": X}), "_seq": 60}]).upcoming("2024-04-13", None, ["ahead", "open", "overdue", "done"]) if c["rule"] == "sample-repeat"]
words_on = lambda v, on: res("liver_tests", v, on)
asked_for, done_on = [("overdue", None)], lambda on: [("done", on)]
eq("a panel", (PS("alt", words_on("normal", "2024-04-10")), PS("alt", words_on("normal", "2024-04-09")), PS("alt", words_on("abnormal", "2024-04-10")),
               PS("alt", words_on("abnormal", "2024-04-10"), words_on("normal", "2024-04-12")), PS("alt", T("ast", "9", "2024-04-11"), T("bilirubin", "9", "2024-04-11"))),
   (done_on("2024-04-10"), asked_for, asked_for, done_on("2024-04-12"), asked_for))
three = [T("alt", "90", "2024-04-10"), T("ast", "9", "2024-04-12"), T("bilirubin", "9", "2024-04-11", None)]
eq("three enzymes", (PS("alp", *three), PS("liver_tests", *three), PS("alp", *three[:2]), PS("liver_tests", *three, words_on("abnormal", "2024-04-11")), PS("alp", *three, words_on("normal", "2024-04-11"))),
   (done_on("2024-04-12"), done_on("2024-04-12"), asked_for, done_on("2024-04-11"), done_on("2024-04-11")))
eq("not drawn", (PS("height"), PS("weight"), PS("temperature"), PS("creatinine")), ([], [], [], asked_for))
# a preliminary value that would stand until waived waits for its own final one: all tests of 2024-04-10 are good
EARLY = lambda code, value, on="2024-04-08", **k: {**res(code, value, on, status="preliminary", **k), "_seq": 70}
NF = lambda rule, *more, w=(), p="eu", who=patient(): (one(g := oracle(p, [who, *ok[1:], *T15, *more], w).gate("2024-04-15", "2024-04-15"), rule), g["verdict"])
own = {**res("lvef", "60", "2024-04-08"), "_seq": 80}
waive = lambda rule, seq=90: [{"kind": "waive", "rule": rule, "on": "2024-04-12", "occurrence": 2, "anchor": len(ok), "seq": seq}]
waits, fine, decided = (("unknown", "hold"), "hold"), (("met", "clear"), "clear"), (("caution", "caution"), "caution")
eq("lvef never final", (NF("lvef", EARLY("lvef", "49.9")), NF("lvef", EARLY("lvef", "60")), NF("lvef", EARLY("lvef", "49.9"), own), NF("lvef", EARLY("lvef", "49.9", second=True), own),
                        NF("lvef", EARLY("lvef", "54", lln="55"))), (waits, fine, fine, waits, waits))
eq("lvef waived", (NF("lvef", EARLY("lvef", "45"), w=waive("lvef")), NF("lvef", EARLY("lvef", "45"), w=waive("lvef", 60)), NF("lvef", EARLY("lvef", "45", "2024-04-11"), w=waive("lvef")),
                   NF("lvef", EARLY("lvef", "45", "2024-04-10", second=True), w=waive("lvef"))), (decided, waits, waits, waits))
# 62 before: 52 is a fall of 10 points, a caution; 51.9 holds in Europe, if it is final
eq("a preliminary fall", [NF("lvef", EARLY("lvef", v, "2024-04-11"), p=p)[0] for p, v in (("eu", "52.1"), ("eu", "52"), ("eu", "51.9"), ("us", "51.9"))],
   [("met", "clear"), ("caution", "caution"), ("unknown", "hold"), ("caution", "caution")])
man_ = patient("male")
eq("hcg never final", (NF("pregnancy-test", EARLY("hcg", "positive")), NF("pregnancy-test", EARLY("hcg", "indeterminate")), NF("pregnancy-test", EARLY("hcg", "positive"), who=man_),
                       NF("pregnancy-test", EARLY("hcg", "positive"), who=man_, w=waive("positive-pregnancy-test")), NF("pregnancy-test", EARLY("hcg", "positive", "2024-04-11"), who=man_)[1]),
   (waits, fine, (None, "caution"), (None, "clear"), "hold"))
blood = [res("blasts", "absent", "2024-04-10"), res("leucocytes", "6", "2024-04-10")]
SL = lambda *more, **k: NF("suspected-leukaemia", *blood, *more, **k)
eq("leukaemia never final", (SL(EARLY("blasts", "present")), SL(EARLY("leucocytes", "30.1")), SL(EARLY("leucocytes", "30")), SL(EARLY("leucocytes", "105", "2024-02-12")), SL(EARLY("leucocytes", "105", "2024-02-13")),
                             SL(EARLY("blasts", "present"), w=waive("suspected-leukaemia")), SL(EARLY("blasts", "present", "2024-04-11"), w=waive("suspected-leukaemia")), SL(EARLY("platelets", "40"))),
   (waits, waits, (None, "clear"), (None, "clear"), waits, (None, "clear"), waits, (None, "clear")))
# recorded, and not asked for: facts and codes
RA = lambda *more: NF("recorded-against", *more)
AB = lambda code, v, on="2024-04-01", **k: res(code, v, on, **k)
eq("facts beside", [RA(F(f, "yes", "2024-01-05"))[0] for f in ("hiv", "tuberculosis", "hepatitis_b", "hepatitis_c", "rems_enrolled")], 4 * [("caution", "caution")] + [None])
eq("codes beside", [RA(AB(c, v))[0] for c, v in (("skin_exam", "abnormal"), ("hpv_screen", "abnormal"), ("thyroid_tests", "abnormal"), ("urine_cells", "red_cells"), ("urine_cells", "normal"))], 4 * [("caution", "caution")] + [None])
eq("while on record", (RA(AB("skin_exam", "abnormal"), AB("skin_exam", "normal", "2024-04-02"))[0], RA(F("hiv", "yes", "2024-01-05"), F("hiv", "no", "2024-01-06"))[0], RA(F("hiv", "yes", "2024-01-05"), F("hiv", "unknown", "2024-01-06"))[0]),
   (None, None, ("caution", "caution")))
# an amount of before says yes; another drug on the day itself
CA = lambda p, *more: one(G(p, *more), "cardiac-risk")
AM = lambda v, on="2024-01-05", f="prior_epirubicin_mg_m2": F(f, v, on)
eq("amounts", ([CA(p, AM("300")) for p in ("us", "eu", "fr")], CA("fr", AM("0")), CA("fr", AM("300"), AM("0", "2024-01-06")), CA("fr", AM("0"), AM("0.5", "2024-01-06")), CA("fr", AM("300"), F("prior_anthracycline", "no", "2024-02-01")),
               CA("us", AM("5", f="prior_related_converted_mg_m2"))),
   ([("caution", "caution"), ("caution", "caution"), ("not_met", "stop")], ("met", "clear"), ("met", "clear"), *2 * [("not_met", "stop")], ("caution", "caution")))
eq("that day", [DX(on) for on in ("2024-04-15", "2024-04-14", "2024-04-16")], 2 * [("unknown", "hold")] + [("met", "clear")])
def TWO(ours, theirs):
    o = oracle("us", [*ok, *T15, {**inf("2024-04-15"), "first_at": ours}, {"kind": "infusion", "drug": "doxorubicin", "on": "2024-04-15", "first_at": theirs}], rec="2024-04-16")
    return [w["occurrence"] for w in o.warnings("2024-04-16") if w["rule"] == "given-against-gate"]
eq("two of one day", (TWO("09:00", "10:00"), TWO("10:00", "09:00"), TWO("09:00", "09:00")), ([], [2], [2]))
