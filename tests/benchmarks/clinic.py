"""A synthetic clinic as import lines: patients with years of infusions, tests and follow-up."""

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta

PROFILES = ("us", "eu", "fr")
ANSWERS = {
    "alternatives": "two other drugs failed",
    "prior_mitoxantrone_mg_m2": "0",
    "cardiac_disease": "no",
    "prior_anthracycline": "no",
    "mediastinal_radiotherapy": "no",
    "cardiotoxic_drug": "no",
    "hypersensitivity": "no",
    "breast_feeding": "no",
    "hepatic_impairment": "no",
}


def patient_lines(number: int, *, end: date, seed: int = 1) -> Iterator[str]:
    """Write one patient's ten years: infusions every quarter, then blood and heart for years."""
    chance = random.Random(seed * 1_000_003 + number)
    who = f"S-{number:06d}"
    start = end - timedelta(days=3650 + chance.randrange(60))
    profile = PROFILES[number % 3]

    def line(kind: str, **content: object) -> str:
        return json.dumps({"kind": kind, "patient": who, **content})

    def result(code: str, value: str, on: date, unit: str | None = None) -> str:
        extra = {"unit": unit} if unit else {}
        return line("result", code=code, value=value, on=on.isoformat(), **extra)

    yield json.dumps(
        {"kind": "patient", "id": who, "sex": "female", "born": "1980-01-01", "can_conceive": True}
    )
    kind = "highly_active_relapsing" if profile == "eu" else "secondary_progressive"
    facts = {**ANSWERS, "ms_type": kind}
    yield line("course", protocol=f"mitoxantrone-ms-{profile}", on=start.isoformat(), facts=facts)
    day = start + timedelta(days=10)
    for _ in range(6 if profile != "us" else 10):
        before = day - timedelta(days=chance.randint(1, 6))
        yield result("lvef", str(chance.randint(52, 66)), before, "%")
        for code in ("ecg", "cardiac_exam", "liver_tests"):
            yield result(code, "normal", before)
        yield result("hcg", "negative", before)
        yield result("urinalysis", "normal", before)
        yield result("neutrophils", f"{chance.uniform(1.4, 5):.2f}", before, "10*9/L")
        yield result("platelets", str(chance.randint(120, 300)), before, "10*9/L")
        dose = {"dose_mg": "20", "height_cm": "170", "weight_kg": "66"}
        yield line("infusion", on=day.isoformat(), **dose)
        nadir = day + timedelta(days=chance.randint(9, 13))
        yield result("neutrophils", f"{chance.uniform(0.6, 2):.2f}", nadir, "10*9/L")
        yield result("platelets", str(chance.randint(90, 200)), nadir, "10*9/L")
        day += timedelta(days=chance.randint(84, 100))
    for quarter in range(1, 25):
        taken = day + timedelta(days=91 * quarter + chance.randint(-15, 20))
        if taken >= end or chance.random() < 0.2:
            continue
        yield result("neutrophils", f"{chance.uniform(1.6, 6):.2f}", taken, "10*9/L")
        yield result("platelets", str(chance.randint(120, 300)), taken, "10*9/L")
        if quarter % 4 == 0:
            yield result("lvef", str(chance.randint(52, 66)), taken, "%")
