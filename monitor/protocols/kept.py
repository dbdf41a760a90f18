"""What texts that courses are pinned to do not say: nobody asked when they were written.

A released text is never edited; what is missing is given here, as it was in force then.
"""

# How far ahead people were told, by kind of rule, before every check said so itself.
LEADS = {
    "next_infusion": "7 days",
    "after_each_infusion": "2 days",
    "series": "14 days",
    "recurring": "14 days",
    "series_above": "14 days",
    "after_low_result": "14 days",
    "after_each_round": "14 days",
    "at_symptom": "0 days",
    "phased_count": "0 days",
    "at_fever": "0 days",
}
