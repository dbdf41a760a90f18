"""While a wrong clock hides facts no pass goes well, and everybody who looks hears of it."""

import json

import pytest

from monitor.commands import options
from monitor.service.asking.out_of_sight import MANY
from tests.delivery.ward import patient_lines

LOW = "result log P-1 platelets 12 10*9/L --confirm --on"
HIDDEN = "facts of 1 patient are out of sight"


def paths(sink) -> list[str]:
    return [request["path"] for request in sink.requests]


@pytest.fixture
def clinic(ward, at):
    at("11-29T12:00")
    ward.load(patient_lines(include=()), patient_lines("P-2", include=()))
    return ward


@pytest.fixture
def ahead(clinic, at):
    """A clinic whose clock was two days ahead for a moment, and is right again."""
    at("12-01T12:00")
    clinic.type(f"{LOW} 2026-12-01")
    at("11-29T12:05")
    return clinic


@pytest.fixture
def behind(clinic, at):
    """A clinic whose clock fell back by a day before anybody was told."""
    clinic.type(f"{LOW} 2026-11-29")
    at("11-28T12:00")
    return clinic


@pytest.fixture(params=["ahead", "behind"])
def hidden(request):
    return request.getfixturevalue(request.param)


def test_each_pass_says_so_and_does_not_go_well(hidden, watcher):
    for passes in (1, 2):
        code, _, err = hidden.monitor("tick")

        assert (code, err.count(HIDDEN)) == (1, 1)
        assert "P-1" not in err
        assert paths(watcher) == ["/hook/fail"] * passes


def test_a_program_is_told_of_how_many_patients(hidden):
    code, out, err = hidden.monitor("tick --json")

    assert (code, json.loads(out)["out_of_sight"], err.count(HIDDEN)) == (1, 1, 1)


def test_once_the_day_is_put_right_passes_go_well(ahead, watcher, http_sink):
    ahead.contact(http_sink.url)
    ahead.monitor("tick")
    ahead.type(f"correct {ahead.event('platelets')} --on 2026-11-29 --reason clock --confirm")

    code, _, err = ahead.monitor("tick")

    assert (code, HIDDEN in err) == (0, False)
    assert paths(watcher) == ["/hook/fail", "/hook"]
    assert [taken["body"]["urgency"] for taken in http_sink.requests] == ["emergency"]


def test_once_the_clock_is_right_what_it_hid_is_told_and_passes_go_well(
    behind, at, watcher, http_sink
):
    behind.contact(http_sink.url)
    behind.monitor("tick")
    at("11-29T12:10")

    code, _, err = behind.monitor("tick")

    assert (code, HIDDEN in err) == (0, False)
    assert paths(watcher) == ["/hook/fail", "/hook"]
    assert [taken["body"]["urgency"] for taken in http_sink.requests] == ["emergency"]


def test_an_acknowledgement_by_a_clock_that_was_ahead_hides_nothing(ward, at, watcher, http_sink):
    ward.load(patient_lines("P-1", timezone="UTC"))
    ward.contact(http_sink.url)
    at("11-29T12:00")
    ward.monitor("tick")
    (ref, *_) = [one["ref"] for one in ward.outbox()]
    at("12-01T12:00")
    ward.type(f"acknowledge {ref} --by 'Ward 3'")
    at("11-29T12:10")

    code, _, err = ward.monitor("tick")

    assert (code, "out of sight" in err) == (0, False)
    assert paths(watcher)[-1] == "/hook"


def test_the_operators_word_of_the_day_says_it(hidden, http_sink):
    hidden.contact(http_sink.url, role="operator", name="Olga")

    hidden.monitor("tick")

    (word,) = [taken["body"]["body"] for taken in http_sink.requests]
    assert ", facts of 1 patient out of sight (see: monitor doctor), head " in word
    assert "P-1" not in word


def test_the_list_of_the_clinic_names_whose_they_are(hidden):
    err = hidden.monitor("upcoming")[2]

    assert err.count("1 fact of P-1 is out of sight until") == 1
    assert "P-2" not in err


def test_the_service_says_it_and_calls_fail(ahead, database, watcher, at, monkeypatch):
    import threading

    from monitor import policy
    from monitor.bootstrap import settings
    from monitor.commands.service import unseen_in_words
    from monitor.delivery import heartbeat
    from monitor.store import engine as store

    monkeypatch.setattr(heartbeat, "clock", options.now)
    engine, told = store.open_engine(store.parse_url(database)), []
    in_use = policy.load(settings().policy)

    heartbeat._tick_once(engine, lambda: in_use, threading.Event(), lambda *_: None, told.append)
    engine.dispose()

    assert HIDDEN in " ".join(unseen_in_words(told[0]))
    assert paths(watcher) == ["/hook/fail"]


ORDINARY = {
    "a day that has begun for the patient alone": [
        ("11-29T11:00", "patient change P-1 --timezone Pacific/Kiritimati --on 2026-11-29"),
        ("11-29T11:00", f"{LOW} 2026-11-30"),
    ],
    "a booked day": [
        ("11-29T11:00", "course start P-1 --protocol example --on 2026-11-20"),
        ("11-29T11:00", "infusion plan P-1 --on 2026-12-24"),
    ],
    "a move west": [
        ("11-29T11:00", "patient change P-1 --timezone Pacific/Kiritimati --on 2026-11-29"),
        ("11-29T11:00", f"{LOW} 2026-11-30"),
        ("11-29T11:10", "patient change P-1 --timezone Etc/GMT+12 --on 2026-11-28"),
    ],
    "a machine whose clock is a little ahead": [("11-30T00:01", f"{LOW} 2026-11-30")],
}  # fmt: skip


@pytest.mark.parametrize("what", ORDINARY)
def test_an_ordinary_clinic_hides_nothing(ward, at, watcher, http_sink, what):
    at("11-29T11:00")
    ward.load(patient_lines(include=()))
    ward.contact(http_sink.url)
    for moment, typed in ORDINARY[what]:
        at(moment)
        ward.type(typed)
    at("11-29T23:59" if moment.startswith("11-30") else "11-29T11:20")

    code, _, err = ward.monitor("tick")

    assert (code, "out of sight" in err) == (0, False)
    assert paths(watcher) == ["/hook"]
    assert "out of sight" not in ward.monitor("upcoming")[2]


def test_a_pass_of_a_moment_that_is_named_counts_facts_by_their_day(behind, watcher):
    ticked = behind.tick("2026-11-28T12:00:00+00:00")

    assert ticked["out_of_sight"] == 0
    assert paths(watcher) == ["/hook"]


def test_what_is_not_final_wakes_somebody_on_its_day_too(clinic, at, http_sink):
    clinic.contact(http_sink.url)
    clinic.type("symptom log P-1 bleeding --at 2026-11-29T11:00:00+00:00")
    clinic.monitor("tick")
    clinic.type(f"acknowledge {clinic.outbox()[0]['ref']} --by Ann")
    at("12-01T12:00")
    clinic.type(f"{LOW} 2026-12-01 --status preliminary")
    at("11-29T12:05")
    clinic.monitor("tick")
    at("11-30T22:10")
    clinic.monitor("tick")
    told = len(http_sink.requests)

    at("12-01T08:00")
    clinic.monitor("tick")

    (now,) = [taken["body"]["urgency"] for taken in http_sink.requests[told:]]
    assert now == "emergency"


def test_of_many_a_pass_reads_some(clinic, at):
    """Whose facts are hidden must be read, a patient at a time, at each pass."""
    people = [f"Q-{number:02}" for number in range(MANY + 1)]
    at("12-01T12:00")
    low = {"result": {"code": "platelets", "value": "90", "unit": "10*9/L", "on": "2026-12-01"}}
    clinic.load(*(patient_lines(who, low, include=()) for who in people))
    at("11-29T12:05")

    code, out, err = clinic.monitor("tick --json")

    assert (code, json.loads(out)["out_of_sight"]) == (1, MANY)
    assert f"facts of {MANY} patients or more are out of sight" in err
    assert clinic.monitor("upcoming")[2].count("is out of sight until") == len(people)
