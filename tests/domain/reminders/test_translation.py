"""Patients' texts in a site's language: known lines are turned, what is left out is English."""

import pytest

from monitor.domain.reminders.policy import SiteWords
from monitor.domain.reminders.translation import ENGLISH, IN_ENGLISH, Translation, places

FRENCH = Translation(
    said={
        "urgent": "Appelez votre clinique aujourd'hui.",
        "due": "{what}, le {day} au plus tard.",
        "overdue": "{what}, depuis le {since} en retard (le {day}).",
        "also": "Aussi : {what}, le {day}.",
        "over": "Le message {ref} ne vaut plus.",
    },
    texts={"blood count": "prise de sang", "Stay at home.": "Restez chez vous."},
)


def test_a_sentence_is_the_sites_own_or_english():
    assert FRENCH.say("urgent") == "Appelez votre clinique aujourd'hui."
    assert FRENCH.say("routine") == "A scheduled check is due."
    assert IN_ENGLISH.say("reference", ref="7F3K").endswith("reference: 7F3K.")


def test_lines_are_turned_one_by_one_with_what_stands_in_them():
    english = "\n".join(
        [
            "blood count, due 2025-01-20.",
            "blood count, due 2025-01-20, overdue since 2025-01-25; reminders continue until a "
            "result is recorded.",
            "Stay at home.",
            "An earlier message, Ref 7F3K, no longer applies.",
            "One test does this too: blood count, due 2025-01-22.",
            "This is reminder 2 about it.",
            "Nobody knows this line.",
        ]
    )

    assert FRENCH.in_words(english).split("\n") == [
        "prise de sang, le 2025-01-20 au plus tard.",
        "prise de sang, depuis le 2025-01-25 en retard (le 2025-01-20).",
        "Restez chez vous.",
        "Le message 7F3K ne vaut plus.",
        "Aussi : prise de sang, le 2025-01-22.",
        "This is reminder 2 about it.",
        "Nobody knows this line.",
    ]


def test_english_is_what_it_was():
    told = "\n".join(
        text.format(**dict.fromkeys(places(text), "2025-01-20")) for text in ENGLISH.values()
    )

    assert IN_ENGLISH.in_words(told) == told


@pytest.mark.parametrize(
    ("language", "found"),
    [("fr", FRENCH), ("FR", FRENCH), ("fr-CA", FRENCH), ("de", IN_ENGLISH), (None, IN_ENGLISH)],
)
def test_a_language_is_found_whatever_the_country(language, found):
    assert SiteWords(languages={"fr": FRENCH}).for_patient(language) is found


@pytest.mark.parametrize("text", ["{what!r}", "{day:>9}", "{}", "{0}", "{a.b}", "{open"])
def test_what_stands_in_braces_is_a_places_name(text):
    with pytest.raises(ValueError, match=r"."):
        places(text)


def test_the_places_of_a_text_are_named():
    assert places("{what}, due {day}.") == {"what", "day"}
    assert places("plain") == set()
