"""Who hears in one pass that something no longer applies, and of an alarm, hears the alarm last."""

import pytest

from tests.delivery.ward import fever, lvef, patient_lines

FIVE = [f"P-{number}" for number in range(1, 6)]


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (lvef("44", "2023-03-02"), "A patient needs action today."),
        (fever("2023-03-02T08:00:00+00:00"), "A patient needs action"),
    ],
    ids=["the same warning anew", "another, graver one"],
)
def test_what_is_taken_back_is_said_before_the_alarm_that_stands_in_its_place(
    ward, http_sink, new, words
):
    ward.load(*(patient_lines(who, lvef("45", "2023-03-01")) for who in FIVE))
    for who in FIVE:
        ward.contact(f"{http_sink.url}/{who}", who)
    ward.tick("2023-03-01", code=None)
    http_sink.requests.clear()
    for who in FIVE:
        ward.type(f"retract {ward.event('lvef 45', who)} --reason misread")
        ward.add(who, new)

    ward.tick("2023-03-02", code=None)

    for who in FIVE:
        mine = [r["body"] for r in http_sink.requests if r["path"].endswith(who)]
        urgent = [one["body"] for one in mine if one["urgency"] != "routine"]
        assert [text.endswith("no longer applies.") for text in urgent] == [True, False]
        assert urgent[1].startswith(words)
