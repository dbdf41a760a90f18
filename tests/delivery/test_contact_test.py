"""A test message goes out now, says nothing of anybody, and is told as what it was."""

import json

import pytest

from tests.delivery.test_undelivered import DEAD
from tests.delivery.ward import patient_lines


@pytest.fixture
def one(ward, http_sink):
    """Give a ward with one private contact of an invented patient."""
    ward.load(patient_lines("P-1", name="Ann Canary"))
    ward.contact(http_sink.url, private=True)
    return ward


def test_the_far_end_gets_the_one_sentence_each_time_anew(one, http_sink):
    assert "took it" in one.type("contact test 1")
    assert one.ask("contact test 1") == {"contact": 1, "taken": True, "error": None}

    bodies = [request["body"] for request in http_sink.requests]
    words = "This is a test. Nothing needs to be done. Ref TEST."
    assert [(said["title"], said["body"], said["urgency"]) for said in bodies] == [
        (words, words, "routine")
    ] * 2
    assert bodies[0]["key"] != bodies[1]["key"]
    assert one.outbox() == []


@pytest.mark.parametrize(
    ("url", "why"),
    [(DEAD, "the connection was refused"), ("syslog://", "never reports whether")],
)
def test_what_nobody_took_is_said_and_the_exit_code_is_1(ward, url, why):
    ward.load(patient_lines("P-1"))
    ward.contact(url)

    code, out, _ = ward.monitor("contact test 1")

    assert (code, why in out) == (1, True)


def test_a_variable_that_is_not_set_is_named_by_the_test_by_doctor_and_by_the_try(
    one, http_sink, monkeypatch
):
    monkeypatch.setenv("WARD_KEY", "hunter2")
    one.type("contact change 1 --channel " + http_sink.url.replace("://", "://n:{env:WARD_KEY}@"))
    one.tick("2023-01-20")
    assert "Authorization" in http_sink.requests[0]["headers"]
    monkeypatch.delenv("WARD_KEY")

    code, out, _ = one.monitor("contact test 1")
    policy = next(x for x in one.ask("doctor")["checks"] if x["name"] == "policy")
    one.tick("2023-01-28", code=1)

    missing = "no secret stands where env: points, the variable WARD_KEY"
    assert (code, missing in out, missing in policy["message"]) == (1, True, True)
    assert missing in str(one.outbox("owed"))


def test_a_secret_in_an_address_is_in_no_file_of_the_record_and_no_answer(
    one, http_sink, tmp_path, monkeypatch
):
    (tmp_path / "pw").write_text("hunter/2\n")
    url = http_sink.url.replace("://", f"://n:{{file:{tmp_path / 'pw'}}}@")
    one.type(f"contact change 1 --channel {url}")
    one.tick("2023-01-20")

    stored = b"".join(file.read_bytes() for file in one.folder.glob("clinic.db*"))
    shown = "".join(one.type(f"contact list {more}") for more in ("", "--json", "--reveal"))
    assert not any(word in stored for word in (b"hunter/2", b"hunter%2F2"))
    assert "hunter" not in shown + one.type("outbox --json --state sent")
    assert url in one.type("contact list --reveal --json")
    assert str(tmp_path) not in one.type("contact list --json")


def test_the_console_shows_it_beside_the_one_document(one):
    one.type("contact change 1 --channel console:")

    code, out, err = one.monitor("contact test 1 --json")

    assert (code, json.loads(out)["taken"], "This is a test." in err) == (0, True, True)


@pytest.mark.parametrize("url", ["env:smtp://user:hunter2@example.org", "file:user:hunter2@x"])
def test_a_secret_in_the_wrong_place_is_not_repeated(one, url):
    code, _, err = one.monitor(f"contact change 1 --channel {url}")

    assert (code, "hunter2" in err) == (2, False)
