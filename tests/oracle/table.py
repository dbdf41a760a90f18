"""All numbers, for the three profiles, in one plain table. Decimals as strings; see nums.frac."""
INFECTION = {"fever", "chills", "sore_throat", "cough", "painful_urination", "frequent_urination"}
CARDIAC = {"breathlessness", "ankle_swelling", "sudden_weight_gain", "palpitations"}
BLEEDING = {"bleeding", "bruising"}
CARDIAC_FACTS = ["cardiac_disease", "prior_anthracycline", "mediastinal_radiotherapy", "cardiotoxic_drug"]

# contract §5: "(accepted units; stored as received, compared in the first)": factor to the first unit
CELLS = {"10*9/L": "1", "10*3/uL": "1", "10^9/L": "1", "G/L": "1", "K/uL": "1", "/uL": "0.001", "cells/uL": "0.001", "/mm3": "0.001"}
UNITS = {
    "lvef": {"%": "1"}, "neutrophils": CELLS, "leucocytes": CELLS, "lymphocytes": CELLS, "platelets": CELLS,
    "haemoglobin": {"g/L": "1", "g/dL": "10", "g/dl": "10"}, "alt": {"U/L": "1"}, "ast": {"U/L": "1"}, "alp": {"U/L": "1"},
    "bilirubin": {"umol/L": "1", "mg/dL": "17.104"}, "creatinine": {"umol/L": "1", "mg/dL": "88.42"}, "height": {"cm": "1"}, "weight": {"kg": "1"},
    "temperature": {"Cel": "1"},
}

_COMMON = {
    # "`lvef`, `ecg` 42 days, `liver-tests` 28: older is `caution`, beyond 90 days `unknown`."
    # "`cardiac-exam`, `infection-screen` 14, `pregnancy-test` 7, `neutrophils`, `platelets`, `lymphocytes`
    #  US 14, EU and FR 7: older is `unknown`."
    "fresh": {"lvef": 42, "ecg": 42, "liver-tests": 28, "cardiac-exam": 14, "infection-screen": 14,
              "pregnancy-test": 7, "neutrophils": 7, "platelets": 7, "lymphocytes": 7},
    "old_is_caution": {"lvef", "ecg", "liver-tests"}, "old_limit": 90,
    "lvef_floor": "50", "lvef_fall": "10",
    "neutrophils_min": "1.5", "platelets_min": "100", "lymphocytes_min": "1.0",
    # S1: "up to 2.5 % over the largest dose is `met` and says so …; to 5 % `caution`"
    "dose_max": "12", "dose_rounding_max": "12.3", "dose_tolerance_max": "12.6",
    "largest_bsa": "2.8",                                     # where none is on record (docs/decisions/0006)
    "overdose": "24",                                         # S3: "above 2 × the largest dose"
    # S1 "Nothing left is less than 0.1 mg/m² or less than 1 mg"; `usual_dose` "12 mg/m², FR at most 20 mg"
    "nothing_m2": "0.1", "nothing_mg": "1", "usual_m2": "12", "usual_mg": None,
    "counts_from": 14,                                        # S1: "of day 14 after the previous infusion … or later"
    "platelets_hold_below": "50",                             # "a platelet count below 50 is never `caution`"
    "lvef_fall_hold": False, "old_value_days": 30, "earlier_treatment_days": 14,
    "bsa_result_days": 42, "symptom_days": 14, "old_record_days": 30,
    "nadir": (7, 10, 14), "recovery": (15, 21, 28),
    "cbc_follow": (3, 21, 14), "lvef_follow": (12, 60, 30),   # months, opens before, overdue after
    "live_vaccine_months": 3,                                 # clinical FU5 "+ 3 months"
    "urine_days": 3, "contraception_woman": 4, "contraception_other": 6,
    "advice": False, "fr": False, "lymphocytes": False,
    "lifetime_mg": None, "infusion_count": None, "single_mg": None,
}
PROFILES = {
    "us": {**_COMMON,
           "fresh": {**_COMMON["fresh"], "neutrophils": 14, "platelets": 14},
           "indication_met": {"secondary_progressive", "progressive_relapsing", "worsening_relapsing_remitting"},
           "indication_caution": {"relapsing_remitting", "highly_active_relapsing"},
           "ceiling": "140", "never_before": 21, "interval": "us", "next_months": 3, "cbc_count": 24, "lvef_count": None,
           "prior_is_stop": False, "cardiac_risk_stop": set(), "cardiac_risk_hold": set(),
           "liver_disease_stop": False, "platelets_hold": False},
    "eu": {**_COMMON,
           "indication_met": {"highly_active_relapsing"}, "indication_caution": set(),
           "ceiling": "72", "never_before": 28, "lvef_fall_hold": True, "interval": "eu", "next_months": 3, "cbc_count": 24, "lvef_count": 5,
           "prior_is_stop": True, "cardiac_risk_stop": set(), "cardiac_risk_hold": set(),
           "liver_disease_stop": False, "platelets_hold": False, "advice": True},
    "fr": {**_COMMON,
           "indication_met": {"secondary_progressive", "progressive_relapsing",
                              "worsening_relapsing_remitting", "highly_active_relapsing"},
           "indication_caution": {"relapsing_remitting"},
           "ceiling": "72", "never_before": 28, "usual_mg": "20", "interval": "eu", "next_months": 1, "cbc_count": 20, "lvef_count": 5,
           "prior_is_stop": True,
           # "`cardiac-risk` (FR: earlier anthracycline, heart disease)" stop;
           # "FR `cardiac-risk`: radiotherapy or a cardiotoxic drug is `not_met` (hold)."
           "cardiac_risk_stop": {"prior_anthracycline", "cardiac_disease"},
           "cardiac_risk_hold": {"mediastinal_radiotherapy", "cardiotoxic_drug"},
           "liver_disease_stop": True, "platelets_hold": True, "lymphocytes": True, "fr": True,
           "dose_rounding_max": "12",                      # S1: "FR without tolerance, as before": above 12.00 `caution`
           # FR1: "max 20 mg per infusion, max 6 infusions, max 72 mg/m², max 120 mg"
           "lifetime_mg": "120", "infusion_count": 6, "single_mg": "20"},
}
SEVERITY = {"febrile-neutropenia": "emergency", "overdose-or-wrong-route": "emergency",
            "unexplained-cytopenia": "caution", "low-lvef": "urgent", "severe-neutropenia": "urgent",
            "suspected-leukaemia": "urgent", "positive-pregnancy-test": "urgent", "infection-symptom": "urgent",
            "cardiac-symptom": "urgent", "bleeding-symptom": "urgent", "given-against-gate": "caution",
            "exposure-unknown": "caution", "cumulative-100": "caution"}   # "info: the rest"
CEILINGS = {"lifetime-dose", "lifetime-mg", "infusion-count"}
