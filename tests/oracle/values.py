"""Days, gaps, values and doses around every limit, from which the histories are drawn."""

from datetime import date

STARTS = [
    date(2019, 8, 31), date(2020, 2, 29), date(2021, 1, 31), date(2021, 11, 30),
    date(2020, 11, 29), date(2022, 3, 15), date(2019, 12, 1), date(2023, 5, 28), date(2022, 12, 30),
]  # fmt: skip
GAPS = {
    "us": [90, 91, 92, 84, 85, 83, 93, 100, 120, 150, 20, 21, 61, 365],
    "eu": [90, 91, 92, 31, 30, 29, 28, 27, 35, 61, 120, 5, 200],
    "fr": [31, 30, 29, 28, 27, 30, 31, 35, 61, 92, 3, 150],
}
AGES = [0, 1, 2, 3, 5, 6, 7, 8, 13, 14, 15, 27, 28, 29, 41, 42, 43, 89, 90, 91, 200]
GOOD_FACTS = {
    "alternatives": "relapses on two other drugs",
    "prior_mitoxantrone_mg_m2": "0",
    "cardiac_disease": "no",
    "prior_anthracycline": "no",
    "mediastinal_radiotherapy": "no",
    "cardiotoxic_drug": "no",
    "hypersensitivity": "no",
    "breast_feeding": "no",
    "hepatic_impairment": "no",
    "treatment_agreement": "yes",
    "active_infection": "no",
}
YES_NO = [fact for fact, value in GOOD_FACTS.items() if value in ("yes", "no")]
# which no requirement asks for
BESIDE = ["pregnancy", "malignancy", "hiv", "tuberculosis", "hepatitis_b", "hepatitis_c"]
AMOUNTS = [
    "prior_doxorubicin_mg_m2", "prior_daunorubicin_mg_m2", "prior_epirubicin_mg_m2",
    "prior_idarubicin_mg_m2", "prior_related_converted_mg_m2",
]  # fmt: skip
BESIDE_CODES = ["skin_exam", "hpv_screen", "thyroid_tests", "urine_cells"]
KINDS = [
    "relapsing_remitting", "worsening_relapsing_remitting", "highly_active_relapsing",
    "secondary_progressive", "progressive_relapsing", "primary_progressive",
]  # fmt: skip
GOOD = {
    "lvef": ["60", "62", "55", "58.5", "52.1"],
    "neutrophils": ["3.2", "2.0", "1.6", "1.5"],
    "platelets": ["210", "100", "150"],
    "lymphocytes": ["1.5", "1.0"],
    "leucocytes": ["6", "4.0"],
    "haemoglobin": ["130", "100"],
    "temperature": ["36.8", "37.9"],
    "alt": ["30", "40"], "ast": ["30", "40"], "alp": ["80", "120"], "bilirubin": ["10", "17.104"],
    "creatinine": ["80", "90", "60", "50"],
}  # fmt: skip
BAD = {
    "lvef": ["49.9", "50", "45", "51", "52", "50.1"],
    "neutrophils": ["1.499", "1.4", "0.9", "0.4", "0.7", "1.0", "0.5", "0.499", "1.9"],
    "platelets": ["99", "99.9", "60", "49", "50", "20", "19", "8"],
    "lymphocytes": ["0.9", "0.999"],
    "leucocytes": ["3.9", "2.5", "1.5", "0.9", "1.0", "105", "30", "31", "0.4", "0.5"],
    "haemoglobin": ["99", "80", "79", "69", "70", "110", "111", "60"],
    "temperature": ["38.0", "39.1"],
    "alt": ["40.1", "90", "400", "401", "501", "1001"],
    "ast": ["41", "401", "500", "501"], "alp": ["121"],
    "bilirubin": ["17.105", "40", "171", "172"],
    "creatinine": ["160", "161", "120", "354", "355", "181"],
}  # fmt: skip
FEW = ["0.9", "0.7", "0.5"]  # neutrophils that an infusion may explain
WORDS = {
    "ecg": ("normal", ["abnormal"]),
    "cardiac_exam": ("normal", ["abnormal"]),
    "liver_tests": ("normal", ["abnormal"]),
    "hcg": ("negative", ["positive", "indeterminate", "indeterminate"]),
    "urinalysis": ("normal", ["infection"]),
    "blasts": ("absent", ["present"]),
    "skin_exam": ("normal", ["abnormal"]),
    "hpv_screen": ("normal", ["abnormal"]),
    "thyroid_tests": ("normal", ["abnormal"]),
    "urine_cells": ("normal", ["red_cells"]),
}
CELLS = ["10*9/L", "10*3/uL", "/uL", "cells/uL", "/mm3", "10^9/L", "G/L", "K/uL"]
IN_FIRST = {"10*9/L", "10*3/uL", "10^9/L", "G/L", "K/uL"}  # the others count single cells
UNITS = {
    "lvef": ["%"], "neutrophils": CELLS, "platelets": CELLS, "lymphocytes": CELLS,
    "leucocytes": CELLS, "haemoglobin": ["g/L", "g/dL", "g/dl"], "temperature": ["Cel"],
    "alt": ["U/L"], "ast": ["U/L"], "alp": ["U/L"], "bilirubin": ["umol/L"],
    "creatinine": ["umol/L"], "height": ["cm"], "weight": ["kg"],
}  # fmt: skip
OWN_LIMITS = {"alt": "40", "ast": "40", "alp": "120", "bilirubin": "17.104"}
NONE_PRINTS = ["400", "101", "100"]  # of alt and ast; the last is still printed
BEFORE = ["lvef", "ecg", "cardiac_exam", "neutrophils", "platelets", "lymphocytes", "hcg"]
# Preliminary values that would stand until waived, and those beside them.
NEVER_FINAL = {
    "lvef": ["49.9", "50", "45", "60"],
    "hcg": ["positive", "positive", "indeterminate"],
    "blasts": ["present", "present", "absent"],
    "leucocytes": ["105", "31", "30", "0.9"],
}
SYMPTOMS = [
    "fever", "fever", "fever", "fever", "fever", "chills", "cough", "painful_urination",
    "breathlessness", "ankle_swelling", "palpitations", "bleeding", "bruising", "fatigue",
    "infusion_site_pain",
]  # fmt: skip
WAIVED = [
    "lvef", "pregnancy-test", "ecg", "cardiac-exam", "infection-screen", "liver-tests",
    "neutrophils", "platelets", "lymphocytes", "dose-interval", "hypersensitivity", "cardiac-risk",
    "liver-disease", "indication", "breast-feeding", "prior-mitoxantrone", "next-infusion",
    "cbc-nadir", "cbc-follow-up", "lvef-follow-up", "cbc-now", "lvef-now", "suspected-leukaemia",
    "positive-pregnancy-test", "given-against-gate", "lifetime-dose", "body-surface",
    "unexplained-cytopenia", "critical-result", "dose-size", "route", "overdose-or-wrong-route",
    "recovery-count", "cbc-weekly", "recorded-against", "critical-repeat", "sample-repeat",
]  # fmt: skip
DOSES = [
    "21.0", "21", "18.5", "20", "20.1", "22.05", "22.06", "14", "25", "12", "21.525", "21.53",
    "31.5", "31.51", "42", "42.01", "60", "18", "18.01", "18.45", "18.46", "18.9", "18.91",
]  # fmt: skip
SIZES = ("height_cm", "weight_kg", "bsa_m2", "bsa_formula")
SURFACES = ["1.75", "1.5", "1.6667", "1.9"]
TIDY_DOSE = {"us": "21.0", "eu": "21.0", "fr": "20"}  # at most 12 mg/m² of 1.75 m²
PRIOR = [
    "36", "12", "70", "72", "140", "71.95", "71.9", "66", "66.1", "139.95", "134", "134.5", "110",
    "54.5",
]  # fmt: skip
