"""Compare the program with the oracle on random histories: compare.py FIRST LAST (seeds). A start for later work."""
"""Compare program with the oracle on random histories."""
import sys, random, json
from pathlib import Path; sys.path[:0]=[str(Path(__file__).parents[1]),str(Path(__file__).parents[2])]
from datetime import *
from decimal import Decimal
from oracle import Oracle
from monitor.store import engine as en, schema, codec
from monitor.service import imports, records, queries, answers
from monitor.domain.question import Proposal
from monitor.domain.exposure import Surface, mosteller
from monitor.domain.outcome import CheckState, Severity
from monitor.errors import Refused
from monitor import protocols
RECORDED=date(2026,11,23)
NOW=datetime(2026,11,23,10,tzinfo=timezone.utc)
def history(r, profile):
    L=[]; base=date(r.choice([2019,2020,2021,2022]),r.randint(1,12),r.choice([1,5,15,28,28,27]))
    if r.random()<.3: base=r.choice([date(2019,8,31),date(2020,2,29),date(2021,1,31),date(2021,11,30)])
    d=lambda n: (base+timedelta(days=n)).isoformat()
    p={"kind":"patient","id":"P","timezone":"UTC"}
    if r.random()<.9: p["sex"]=r.choice(["female","female","male"])
    if r.random()<.7: p["can_conceive"]=r.random()<.7
    if r.random()<.9: p["born"]=r.choice(["1980-05-05","2003-02-28","2004-02-29","2002-06-30"])
    L.append(p)
    facts={}
    good={"ms_type":{"us":"secondary_progressive","eu":"highly_active_relapsing","fr":"secondary_progressive"}[profile],"alternatives":"x","prior_mitoxantrone_mg_m2":"0","cardiac_disease":"no","prior_anthracycline":"no","mediastinal_radiotherapy":"no","cardiotoxic_drug":"no","hypersensitivity":"no","breast_feeding":"no","hepatic_impairment":"no","treatment_agreement":"yes","active_infection":"no"}
    clean=r.random()<.6
    for k,v in good.items():
        if r.random()<(.01 if clean else .1): continue
        if not clean and r.random()<.15: v={"ms_type":r.choice(["relapsing_remitting","primary_progressive","progressive_relapsing"]),"alternatives":"y","prior_mitoxantrone_mg_m2":r.choice(["12","36","70"])}.get(k) or r.choice(["yes","unknown","no"])
        facts[k]=v
    L.append({"kind":"course","patient":"P","protocol":"mitoxantrone-ms-"+profile,"on":d(-r.randint(0,40)),"facts":facts})
    seen=set()
    def res(code,value,on,unit=None,**k):
        if (code,on) in seen: return
        seen.add((code,on))
        x={"kind":"result","patient":"P","code":code,"value":value,"on":on,**k}
        if unit: x["unit"]=unit
        if code=="lvef" : x["confirm"]=True
        L.append(x)
    def panel(day, bad):
        for code in ("lvef","ecg","cardiac_exam","neutrophils","platelets","lymphocytes","liver_tests","hcg","urinalysis"):
            if r.random()<.06: continue
            on=d(day-r.choice([0,0,1,2,3,6,7,8,13,14,15,27,28,29,41,42,43,89,90,91]) if r.random()<.3 else day-r.randint(0,5))
            b=r.random()<bad
            st={} if r.random()<.95 else {"status":r.choice(["preliminary","unsuitable","corrected"])}
            if code=="lvef":
                if r.random()<.1: st["lln"]=r.choice(["52","55","48"])
                res(code,r.choice(["49.9","50","45","52"]) if b else r.choice(["60","62","55","58.5"]),on,"%",**st)
            elif code in("ecg","cardiac_exam"): res(code,"abnormal" if b else "normal",on,**st)
            elif code=="neutrophils":
                v=r.choice(["1.499","1.5","1.4","0.9","0.4","0.7","1.0"]) if b else r.choice(["3.2","2.0","1.6"])
                if r.random()<.3: res(code,str(int(Decimal(v)*1000)),on,r.choice(["/uL","cells/uL","/mm3"]),**st)
                else: res(code,v,on,r.choice(["10*9/L","10*3/uL"]),**st)
            elif code=="platelets": res(code,r.choice(["99","100","60","99.9"]) if b else "210",on,"10*9/L",**st)
            elif code=="lymphocytes": res(code,r.choice(["0.9","1.0","0.999"]) if b else "1.5",on,"10*9/L",**st)
            elif code=="liver_tests":
                if r.random()<.6: res(code,"abnormal" if b else "normal",on,**st)
                else:
                    for c in("alt","ast","bilirubin"):
                        if r.random()<.05: continue
                        k=dict(st)
                        if r.random()<.9: k["uln"]="40"
                        res(c,"60" if b and r.random()<.5 else "30",on,"umol/L" if c=="bilirubin" else "U/L",**k)
            elif code=="hcg": res(code,r.choice(["positive","indeterminate"]) if b else "negative",on,**st)
            elif code=="urinalysis": res(code,"infection" if b else "normal",on,**st)
    day=0; n=r.randint(0,7); bad=r.choice([0,0,.03,.1]); inf=set()
    for k in range(n):
        panel(day,bad)
        if day not in inf:
            inf.add(day)
            x={"kind":"infusion","patient":"P","on":d(day),"dose_mg":r.choice(["21.0","21","20","18.5","22","22.05","22.06","25"])}
            q=r.random()
            if q<.6: x.update(height_cm="175",weight_kg=r.choice(["63","63","70","58"]))
            elif q<.9: x["bsa_m2"]=r.choice(["1.75","1.5","1.6667","1.9"])
            if q<.2: x["bsa_formula"]="dubois"
            if r.random()<.02: x["route"]="im"
            L.append(x)
        if r.random()<.6: 
            res("neutrophils",r.choice(["2.1","1.2","0.8","0.4","0.6"]),d(day+r.randint(5,20)),"10*9/L"); 
        if r.random()<.5:
            o=d(day+r.choice([7,10,14,15,20])); res("neutrophils","1.8",o,"10*9/L"); res("platelets",r.choice(["150","90"]),o,"10*9/L")
        if r.random()<.25:
            o=day+r.randint(1,80); code=r.choice(["fever","chills","cough","breathlessness","bleeding","fatigue","bruising","palpitations"])
            L.append({"kind":"symptom","patient":"P","code":code,"at":d(o)+"T%02d:00:00+00:00"%r.randint(0,23)})
            if r.random()<.5: res("neutrophils",r.choice(["0.4","0.8","0.9","1.4","3"]),d(o+r.randint(-8,3)),"10*9/L")
            if r.random()<.3: res("neutrophils",r.choice(["0.4","0.8","0.9","1.4","3"]),d(o+r.randint(-8,3)),"10*9/L")
        if r.random()<.05: res("temperature",r.choice(["37.9","38.0","39"]),d(day+r.randint(1,60)),"Cel")
        if r.random()<.05: res("leucocytes",r.choice(["9.5","6"]),d(day+r.randint(1,60)),"10*9/L")
        if r.random()<.06: res("haemoglobin",r.choice(["99","100","120"]),d(day+r.randint(1,90)),"g/L")
        if r.random()<.02: res("blasts",r.choice(["present","absent"]),d(day+r.randint(1,90)))
        if r.random()<.06:
            L.append({"kind":"fact","patient":"P","fact":r.choice(["active_infection","hypersensitivity","cardiac_disease","breast_feeding"]),"value":r.choice(["yes","no"]),"on":d(day+r.randint(1,90))})
        if r.random()<.08: res("height","175",d(day+60),"cm"); res("weight","70",d(day+r.randint(50,90)),"kg")
        day+=r.choice([21,27,28,29,30,31,61,84,90,91,92,95,120,20]) if profile!="us" else r.choice([20,21,84,85,90,91,92,93,100,120,150])
    if r.random()<.6:
        for k in range(r.randint(1,6)):
            panel(day+r.randint(60,700),bad)
    if r.random()<.3:
        L.append({"kind":"course_end","patient":"P","on":d(day+r.randint(1,30)),"reason":"x"})
    return base,day,L
def norm_checks(cs): return sorted((c["rule"],c["occurrence"],c["opens"],c["due"],c["overdue_after"],c["state"],c.get("done_on"),c.get("late") or None if c["state"]!="done" else c.get("late")) for c in cs)
def norm_w(ws): return sorted((w["rule"],w["severity"],w["since"],str(w["until"]),json.dumps(w.get("peak"),sort_keys=True)) for w in ws)
def run(seed, show=True):
    r=random.Random(seed); profile=r.choice(["us","eu","fr"])
    base,day,L=history(r,profile)
    url=en.parse_url("sqlite://"); e=en.open_engine(url)
    from monitor.store.tables import metadata
    metadata.create_all(e)
    order=L[:]; r.shuffle(order)
    diffs=[]
    try:
        with en.writing(e) as c: imports.import_lines(c,"f",[json.dumps(x) for x in order],now=NOW)
    except Refused as f:
        return "refused", [str(f).splitlines()[0]]
    extra=[]
    from monitor.service import waivers
    for _ in range(r.choice([0,0,1,2,3])):
        k=r.choice(["plan","plan","pause","close","waive","waive","waive","waive"])
        on=base+timedelta(days=r.randint(0,day+200))
        if on>RECORDED: continue
        try:
          with en.writing(e) as c:
            if k=="plan": records.record(c,{"kind":"plan","patient":"P","on":on.isoformat()},now=NOW); extra.append({"kind":"plan","on":on})
            elif k=="pause":
                records.record(c,{"kind":"course_pause","patient":"P","on":on.isoformat()},now=NOW); extra.append({"kind":"pause","on":on})
                on2=on+timedelta(days=r.randint(1,90))
                if r.random()<.6 and on2<RECORDED:
                    try: records.record(c,{"kind":"course_resume","patient":"P","on":on2.isoformat()},now=NOW); extra.append({"kind":"resume","on":on2})
                    except Refused: pass
            elif k=="close": 
                if r.random()<.3: records.record(c,{"kind":"close","patient":"P","on":on.isoformat(),"reason":"died"},now=NOW); extra.append({"kind":"close","on":on})
            else:
                rule=r.choice(["lvef","lvef","neutrophils","pregnancy-test","pregnancy-test","liver-tests","cardiac-exam","hypersensitivity","infection-screen","suspected-leukaemia","positive-pregnancy-test","given-against-gate","cbc-nadir","cbc-follow-up","lvef-follow-up","dose-interval"])
                st=waivers.waive(c,"P",rule,reason="x",by="y",now=NOW,on=on); b=st[0].body
                extra.append({"kind":"waive","rule":rule,"occurrence":int(b["occurrence"]),"on":on})
        except Refused as f: pass
    o=Oracle(profile,L,recorded_on=RECORDED,events_extra=extra)
    with en.reading(e) as c:
      for _ in range(6):
        as_of=base+timedelta(days=r.choice([r.randint(-5,day+30),r.randint(-5,day+800),r.randint(0,2500)]))
        if as_of>RECORDED: continue
        case=queries.get_case(c,"P",queries.Asked(now=NOW,as_of=as_of))
        on=as_of+timedelta(days=r.choice([0,0,0,3,10,30]))
        kw={}; prop=Proposal()
        q=r.random()
        if q<.6:
            mg=r.choice(["21","22.05","22.06","18","21.003","20.1","14"]); 
            if q<.3: kw=dict(dose_mg=mg,bsa_m2="1.75"); s=Surface(m2=__import__("fractions").Fraction("1.75"),on=on,facts=())
            elif q<.5: kw=dict(dose_mg=mg,height_cm="175",weight_kg="63"); s=Surface(m2=mosteller(Decimal(175),Decimal(63)),on=on,facts=())
            else: kw=dict(dose_mg=mg); s=None
            prop=Proposal(mg=Decimal(mg),surface=s)
        try: t=case.treatment(); g=queries.ask_gate(case,on=on,proposal=prop); ga=answers.gate_answer(t,g,t.protocol_of(t.timeline.course_on(min(on,as_of))))
        except Refused as x: ga=None
        try: og=o.gate(on,as_of,**kw)
        except LookupError: og=None
        if (ga is None)!=(og is None): diffs.append(("gate-run",as_of,on,ga is None,og is None))
        elif ga:
            if ga["verdict"]!=og["verdict"]: diffs.append(("verdict",as_of,on,kw,ga["verdict"],og["verdict"]))
            a={x["rule"]:(x["state"],x["verdict"],x["message"]) for x in ga["requirements"]}; b={x["rule"]:(x["state"],x["verdict"]) for x in og["requirements"]}
            for k in set(a)|set(b):
                if a.get(k,())[:2]!=b.get(k,()): diffs.append(("req "+k,as_of,on,kw,a.get(k),b.get(k)))
            if ga["dose"]!=og["dose"]: diffs.append(("dose",as_of,on,kw,ga["dose"],og["dose"]))
            x=ga["dose_advice"] and {k:ga["dose_advice"][k] for k in("decision","mg_per_m2")}
            y=og["dose_advice"] and {k:og["dose_advice"][k] for k in("decision","mg_per_m2")}
            if x!=y: diffs.append(("advice",as_of,on,ga["dose_advice"] and ga["dose_advice"]["message"],x,y))
            for k in ("given","after","ceiling","remaining","remaining_mg","over_by"):
                if ga["exposure"][k]!=og["exposure"][k]: diffs.append(("exp "+k,as_of,on,kw,ga["exposure"][k],og["exposure"][k]))
        until=as_of+timedelta(days=400)
        sts=tuple(CheckState)
        mine=norm_checks([answers.check_answer("P",k) for k in queries.upcoming(case,until=until,states=sts)])
        # ahead beyond until are not limited when states are given; compare listed ones separately
        mine=norm_checks([answers.check_answer("P",k) for k in queries.upcoming(case,until=until,states=())])
        its=norm_checks(o.upcoming(as_of,until))
        if mine!=its: diffs.append(("upcoming",as_of,[x for x in mine if x not in its],[x for x in its if x not in mine]))
        st=(CheckState.DONE,CheckState.MISSED,CheckState.WAIVED)
        mine=norm_checks([answers.check_answer("P",k) for k in queries.upcoming(case,until=until,states=st)])
        its=norm_checks(o.upcoming(as_of,until,["done","missed","waived"]))
        if mine!=its: diffs.append(("done",as_of,[x for x in mine if x not in its],[x for x in its if x not in mine]))
        mine=norm_w([answers.warning_answer("P",w) for w in queries.warnings(case,least=Severity.INFO)]); its=norm_w(o.warnings(as_of))
        if mine!=its: diffs.append(("warn",as_of,[x for x in mine if x not in its],[x for x in its if x not in mine]))
        p,x=(None,None)
        try:
            p,x=queries.exposures(case); ea=answers.exposure_answer("P",p,x); oe=o.exposure(as_of)
            for k in("total","at_least","ceiling","remaining","over_by"):
                if ea[k]!=oe[k]: diffs.append(("exposure "+k,as_of,ea[k],oe[k]))
        except Refused: pass
    return profile+str(extra),diffs
if __name__=="__main__":
    a,b=int(sys.argv[1]),int(sys.argv[2]); from collections import Counter
    C=Counter(); ex={}
    for s in range(a,b):
        p,ds=run(s)
        if p=="refused": C["refused"]+=1; ex.setdefault("refused",(s,ds)); continue
        for x in ds:
            C[x[0]]+=1; ex.setdefault(x[0],[]) 
            if len(ex[x[0]])<3: ex[x[0]].append((s,p,x))
    print(C)
    for k,v in ex.items():
        for y in (v if isinstance(v,list) else [v]): print(k,y)
