"""A channel that cannot fail says nothing of who was reached: of what is urgent others hear too."""

import pytest

from tests.delivery.ward import fever, patient_lines

BLIND = ["rsyslog://127.0.0.1", "syslog://"]
NOW = "2023-01-20T08:00:00+00:00"
SAID = "never reports whether a message arrived"


@pytest.fixture
def ill(ward):
    """A patient with an emergency, and nobody to tell."""
    ward.load(patient_lines("P-1", fever(NOW)))
    return ward


@pytest.mark.parametrize("url", BLIND)
def test_who_adds_one_is_told_and_may_do_it(ill, url):
    code, out, err = ill.monitor(f"contact add P-1 --role nurse --name N --channel {url} --json")

    assert (code, '"contact": 1' in out, SAID in err) == (0, True, True)
    assert SAID in ill.monitor("contact list")[2]


@pytest.mark.parametrize("url", BLIND)
def test_alone_it_reaches_nobody_of_what_is_urgent(ill, url):
    ill.contact(url)

    told = ill.tick(NOW, code=1)

    assert told["sent"] > 0  # it is written all the same
    assert told["unheard"] == [{"patient": "P-1", "messages": 1}]
    assert not next(c for c in ill.ask("doctor")["checks"] if c["name"] == "recipients")["well"]


def test_the_operator_is_told_at_once_who_is_last(ill, http_sink):
    ill.contact(BLIND[0], role="nurse", name="Log")
    ill.contact(http_sink.url, role="operator", name="Olga")

    told = ill.tick(NOW)

    assert told["unheard"] == []
    assert "emergency" in {one["body"]["urgency"] for one in http_sink.requests}


def test_the_nurse_reads_it_once_and_that_the_patient_is_not_reached(ill, http_sink):
    ill.contact(BLIND[0], role="patient", name="Ann")
    ill.contact(http_sink.url, role="nurse", private=True)

    ill.tick(NOW)

    (said,) = [one["body"]["body"] for one in http_sink.requests if "fever" in str(one).lower()]
    assert said.count("P-1 (born 1993-04-02): febrile-neutropenia, emergency") == 1
    assert said.count("Why: rule febrile-neutropenia") == 1
    assert "Ann could not be reached." in said


@pytest.mark.parametrize("order", [0, 1])
def test_beside_another_channel_of_the_same_person_it_is_not_taken_for_an_arrival(
    ill, http_sink, order
):
    http_sink.status = 500
    for url in [BLIND[0], http_sink.url][:: -1 if order else 1]:
        ill.contact(url, name="Ward 3")

    told = ill.tick(NOW, code=1)

    assert (told["sent"], told["undelivered"]) == (0, 1)


@pytest.mark.parametrize("where", ["env:CHANNEL", "file:{}"])
def test_one_that_stands_elsewhere_is_refused(ill, tmp_path, monkeypatch, where):
    monkeypatch.setenv("CHANNEL", BLIND[0])
    (tmp_path / "url").write_text(BLIND[0])

    named = where.format(tmp_path / "url")
    code, _, err = ill.monitor(f"contact add P-1 --role nurse --name N --channel {named}")

    assert (code, SAID in err) == (2, True)
