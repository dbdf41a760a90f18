# Boundaries, by hand from the contract. Run by check.py (uses its helpers).
def state(g, rule):
    return [(r["state"], r["verdict"]) for r in g["requirements"] if r["rule"] == rule]


def ck(o, as_of, rule, states=("ahead", "open", "overdue", "done", "missed", "waived"), until="2100-01-01"):
    return [(c["occurrence"], c["state"]) for c in o.upcoming(as_of, until, states) if c["rule"] == rule]


ok = [patient(can_conceive=True), course("2024-01-01", "highly_active_relapsing"), *tests("2024-01-14"), inf("2024-01-15", bsa_m2=None)]
# dose-size: up to 2.5 % over (12.3) met, 12.3001 caution, 12.6 caution, 12.61 not_met
for mg, want in (("12", "met"), ("12.0015", "met"), ("12.3", "met"), ("12.3001", "caution"), ("12.6", "caution"), ("12.61", "not_met")):
    eq("size " + mg, state(oracle("us", ok).gate("2024-04-15", "2024-04-15", dose_mg=mg, bsa_m2="1"), "dose-size")[0][0], want)
eq("fr 20", [state(oracle("fr", ok).gate("2024-04-15", "2024-04-15", dose_mg=m, bsa_m2="2"), "dose-size")[0][0] for m in ("20", "20.1")], ["met", "not_met"])
# interval: us caution until 04-08 is 7 days before 04-15 -> met on 04-08; 21 days = 02-05
for d, want in (("2024-02-04", "not_met"), ("2024-02-05", "caution"), ("2024-04-07", "caution"), ("2024-04-08", "met")):
    eq("interval us " + d, state(oracle("us", ok).gate(d, d), "dose-interval")[0][0], want)
for d, want in (("2024-02-11", "not_met"), ("2024-02-12", "caution"), ("2024-02-14", "caution"), ("2024-02-15", "met")):
    eq("interval eu " + d, state(oracle("eu", ok).gate(d, d), "dose-interval")[0][0], want)
# lifetime: 11 x 12 = 132, 8.0 fits, 8.01 does not; 12 x 12 = 144 nothing left
lots = [patient(), course("2010-01-01")] + [inf(f"20{10 + n // 4}-{1 + 3 * (n % 4):02d}-15") for n in range(12)]
o = oracle("us", lots[:-1])
for mg, want in (("8", ("met", "clear")), ("8.0001", ("not_met", "hold"))):
    eq("cap " + mg, state(o.gate("2013-06-01", "2013-06-01", dose_mg=mg, bsa_m2="1"), "lifetime-dose"), [want])
g = oracle("us", lots).gate("2014-01-15", "2014-01-15")
eq("cap full", (state(g, "lifetime-dose"), g["exposure"]["over_by"], g["exposure"]["remaining"]), ([("not_met", "stop")], "4.00", "0.00"))
ws = {w["rule"]: w["since"] for w in oracle("us", lots).warnings("2013-12-01")}
eq("cumulative", (ws["cumulative-60"], ws["cumulative-100"]), (lots[2 + 5]["on"], lots[2 + 8]["on"]))
g = oracle("fr", lots[:2] + lots[2:8]).gate("2012-01-15", "2012-01-15")
eq("fr 6", (state(g, "infusion-count"), state(g, "lifetime-mg"), state(g, "lifetime-dose")), ([("not_met", "stop")],) * 3)
# lvef: 42 met, 43 caution, 90 caution, 91 unknown; first infusion 43 unknown; fall of 10
for days, want in ((42, "met"), (43, "caution"), (90, "caution"), (91, "unknown")):
    d = date.fromordinal(date(2024, 6, 3).toordinal() - days).isoformat()
    eq(f"lvef age {days}", state(oracle("us", ok + [res("lvef", "61", d)]).gate("2024-06-03", "2024-06-03"), "lvef")[0][0], want)
eq("lvef first", state(oracle("us", ok[:2] + [res("lvef", "61", "2024-01-01")]).gate("2024-02-13", "2024-02-13"), "lvef")[0][0], "unknown")
for v, want in (("52", ("caution", "caution")), ("52.1", ("met", "clear")), ("49.9", ("not_met", "stop"))):
    eq("lvef fall " + v, state(oracle("us", ok + [res("lvef", v, "2024-06-01")]).gate("2024-06-03", "2024-06-03"), "lvef"), [want])
eq("lln", state(oracle("us", ok + [res("lvef", "54", "2024-06-01", lln="55")]).gate("2024-06-03", "2024-06-03"), "lvef"), [("not_met", "stop")])
# a stop outlives a better result; waiver; new low; next infusion
low = ok + [res("lvef", "45", "2024-04-01"), res("lvef", "60", "2024-04-10")]
W = lambda rule, on, n=None: {"kind": "waive", "rule": rule, "occurrence": n, "on": on}
eq("outlives", state(oracle("us", low).gate("2024-04-15", "2024-04-15"), "lvef"), [("not_met", "hold")])
eq("waived", state(oracle("us", low, [W("lvef", "2024-04-12")]).gate("2024-04-15", "2024-04-15"), "lvef"), [("caution", "caution")])
eq("newer", state(oracle("us", low + [res("lvef", "49", "2024-04-14")], [W("lvef", "2024-04-12")]).gate("2024-04-15", "2024-04-15"), "lvef"), [("not_met", "stop")])
eq("lapses", state(oracle("us", low + [inf("2024-04-15"), res("lvef", "60", "2024-07-10")], [W("lvef", "2024-04-12")]).gate("2024-07-15", "2024-07-15"), "lvef"), [("not_met", "hold")])
# dose advice table
A = lambda p, *more: oracle(p, ok + list(more)).gate("2024-04-15", "2024-04-15")["dose_advice"]
N = lambda v, d: res("neutrophils", v, d)
R = lambda x: {"decision": "reduce", "mg_per_m2": x}
for v, d, ill, want in (("0.9", "2024-02-05", "2024-01-16", R("10.00")), ("0.49", "2024-02-05", "2024-01-20", R("8.00")),
                        ("1.0", "2024-01-25", "2024-01-20", None), ("0.9", "2024-02-06", "2024-02-06", {"decision": "clinician", "mg_per_m2": None}),
                        ("1.99", "2024-04-08", "2024-04-15", R("9.00")), ("1.49", "2024-04-15", "2024-04-08", R("6.00")),
                        ("0.99", "2024-04-10", "2024-04-10", {"decision": "stop", "mg_per_m2": None}), ("2.0", "2024-04-10", "2024-04-10", None),
                        ("1.4", "2024-04-10", "2023-12-01", {"decision": "clinician", "mg_per_m2": None}), ("1.5", "2024-04-10", "2023-12-01", None)):
    eq(f"advice {v} {d} {ill}", A("eu", N(v, d), sym("cough", ill)), want)
    eq("advice us", A("us", N(v, d), sym("cough", ill)), None)
# calendar
o = oracle("us", ok, [{"kind": "plan", "on": "2024-04-20"}])
eq("plan", (dues(o, "2024-02-01", "next-infusion"), dues(o, "2024-02-01", "neutrophils")), (["2024-04-20"], ["2024-04-20"]))
eq("plan used", dues(oracle("us", ok + [inf("2024-04-06")], [{"kind": "plan", "on": "2024-04-20"}]), "2024-04-06", "next-infusion", until="2025-01-01"), ["2024-07-06"])
eq("plan not used", dues(oracle("us", ok + [inf("2024-04-05")], [{"kind": "plan", "on": "2024-04-20"}]), "2024-04-06", "next-infusion"), ["2024-04-20"])
eq("first no plan", oracle("us", ok[:2]).upcoming("2024-01-02"), [])
o = oracle("us", ok + [N("3", "2024-04-05"), res("platelets", "200", "2024-04-05")])
eq("done", (ck(o, "2024-04-15", "neutrophils"), ck(o, "2024-04-19", "neutrophils"), ck(o, "2024-04-20", "neutrophils"), ck(o, "2024-04-30", "neutrophils")),
   ([(2, "done")], [(2, "done")], [(2, "open")], [(2, "overdue")]))
eq("nadir late", [(c["done_on"], c["late"]) for c in o.upcoming("2024-04-06", None, ["done"]) if c["rule"] == "cbc-nadir"], [("2024-04-05", True)])
o = oracle("fr", ok[:2] + [inf("2024-01-31")])
eq("clamp", dues(o, "2024-02-01", "cbc-follow-up", until="2024-11-01"), ["2024-04-30", "2024-07-31", "2024-10-31"])
eq("fr next", dues(o, "2024-02-01", "next-infusion"), ["2024-02-29"])
o = oracle("fr", ok[:2] + [inf("2024-01-31"), N("3", "2029-01-20"), res("platelets", "200", "2029-01-20")])
c = ck(o, "2029-06-01", "cbc-follow-up")
eq("missed", (c[-1], len([1 for x in c if x[1] == "missed"])), ((20, "done"), 19))
o = oracle("us", ok)
eq("nadir days", [ck(o, d, "cbc-nadir")[0][1] for d in ("2024-01-21", "2024-01-22", "2024-01-29", "2024-01-30")], ["ahead", "open", "open", "overdue"])
eq("pause", (dues(oracle("us", ok, [{"kind": "pause", "on": "2024-02-01"}]), "2024-02-01", "next-infusion"),
             oracle("us", ok, [{"kind": "pause", "on": "2024-02-01"}, {"kind": "resume", "on": "2024-03-01"}]).gate("2024-03-01", "2024-03-01")["paused"]), ([], False))
eq("closed", (oracle("us", ok, [{"kind": "close", "on": "2024-02-01", "reason": "died"}]).upcoming("2024-02-01"),
              oracle("us", ok, [{"kind": "close", "on": "2024-02-01", "reason": "died"}]).warnings("2024-02-01")), ([], []))
try:
    oracle("us", ok + [{"kind": "course_end", "on": "2024-03-01"}]).gate("2024-03-01", "2024-03-01")
    eq("ended", "no error", "LookupError")
except LookupError:
    pass
# old records: unknown does not count
old = [patient(), course("2020-01-01"), inf("2020-01-15")]
eq("old", ("given-against-gate" in rules(oracle("us", old).warnings("2020-02-01")), "given-against-gate" in rules(oracle("us", old, rec="2020-02-14").warnings("2020-02-01"))), (False, True))
# suspected leukaemia: D+28 is inside, D+29 outside; 7 days apart yes, 8 no
for a, b, want in (("2024-02-12", "2024-02-12", False), ("2024-02-13", "2024-02-20", True), ("2024-02-13", "2024-02-21", False)):
    o = oracle("us", ok + [N("1.4", a), res("platelets", "99", b)])
    eq(f"leuk {a} {b}", "suspected-leukaemia" in rules(o.warnings("2024-03-01")), want)
o = oracle("us", ok + [res("blasts", "present", "2024-01-20")], [W("suspected-leukaemia", "2024-02-01")])
eq("blasts", ("suspected-leukaemia" in rules(o.warnings("2024-01-31")), "suspected-leukaemia" in rules(o.warnings("2024-02-01")), o.gate("2024-01-31", "2024-01-31")["verdict"]), (True, False, "stop"))
# symptom windows: 14 days inclusive; infection screen
o = oracle("us", ok + [sym("cough", "2024-04-01"), res("urinalysis", "normal", "2024-04-10")])
eq("cough", ("infection-symptom" in rules(o.warnings("2024-04-15")), "infection-symptom" in rules(o.warnings("2024-04-16")),
             state(o.gate("2024-04-15", "2024-04-15"), "infection-screen")[0][0], state(o.gate("2024-04-16", "2024-04-16"), "infection-screen")[0][0]), (True, False, "not_met", "met"))
# fever with counts: replaced by a later one; 0.9 falling / rising / single; count of 2 days ago known
for more, want in (([N("0.9", "2024-01-30")], True), ([N("0.8", "2024-01-28"), N("0.9", "2024-01-30")], True), ([N("0.8", "2024-01-28"), N("1.0", "2024-01-30")], False), ([N("3", "2024-01-28")], False),
                   ([N("3", "2024-01-27")], True), ([N("0.4", "2024-01-30"), N("2", "2024-01-31")], False)):
    o = oracle("us", ok + more + [sym("fever", "2024-01-30")])
    eq(f"fever {more}", "febrile-neutropenia" in rules(o.warnings("2024-02-01")), want)
# liver
L = lambda *xs: state(oracle("us", ok + list(xs)).gate("2024-04-15", "2024-04-15"), "liver-tests")[0][0]
T = lambda c, v, d, u="40": res(c, v, d, "umol/L" if c == "bilirubin" else "U/L", **({"uln": "20" if u == "40" and c == "bilirubin" else u} if u else {}))
full = [T("alt", "40", "2024-04-10"), T("ast", "20", "2024-04-10"), T("bilirubin", "9", "2024-04-10")]
eq("liver", (L(*full), L(*full[:2]), L(*full[:2], T("bilirubin", "9", "2024-04-10", None)), L(*full, T("alt", "41", "2024-04-11")),
             L(T("alt", "41", "2024-04-09"), *full), L(T("alt", "41", "2024-04-09"), T("alt", "9", "2024-04-10")), L(res("liver_tests", "abnormal", "2023-12-01"))),
   ("met", "unknown", "unknown", "not_met", "met", "not_met", "unknown"))
