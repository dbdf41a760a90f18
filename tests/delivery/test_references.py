"""A channel's URL may stand elsewhere: its secrets are then in no record and in no message row."""

import json

import pytest

from monitor.delivery.channels import open_channel
from monitor.errors import Refused
from tests.delivery.ward import fever, patient_lines

AT = "2023-01-20T08:00:00+00:00"


@pytest.fixture(params=["env", "file"])
def reference(request, http_sink, tmp_path, monkeypatch):
    url = http_sink.url.replace("://", "://nurse:hunter2@")
    monkeypatch.setenv("WARD_URL", url)
    (tmp_path / "ward.url").write_text(url + "\n")
    return {"env": "env:WARD_URL", "file": f"file:{tmp_path / 'ward.url'}"}[request.param]


def test_a_reference_reaches_the_channel_and_nothing_of_it_is_stored(ward, http_sink, reference):
    ward.load(patient_lines("P-1", fever(AT)))
    ward.contact(reference)

    ward.tick(AT)

    assert http_sink.requests
    assert "Authorization" in http_sink.requests[0]["headers"]
    stored = b"".join(file.read_bytes() for file in ward.folder.glob("clinic.db*"))
    assert b"hunter2" not in stored
    assert "hunter2" not in ward.type("contact list") + ward.type("outbox --json --state sent")


def test_a_secret_that_changes_is_read_anew(ward, start, http_sink, tmp_path):
    file = tmp_path / "url"
    file.write_text(http_sink.url + "1")
    ward.load(patient_lines("P-1", fever(AT)))
    ward.contact(f"file:{file}")
    file.write_text(http_sink.url + "2")

    ward.tick(AT)

    assert {request["path"] for request in http_sink.requests} == {"/hook2"}


@pytest.mark.parametrize("reference", ["env:NOBODY_SET_THIS", "file:/nowhere", "file:/", "env:"])
def test_a_reference_to_nothing_is_said_in_one_line(reference):
    with pytest.raises(Refused, match="no channel's URL stands where"):
        open_channel(reference)


def test_a_reference_to_nothing_stops_nobody_else(ward, http_sink, tmp_path):
    file = tmp_path / "url"
    file.write_text(http_sink.url)
    ward.load(patient_lines("P-1", fever(AT)))
    ward.contact(f"file:{file}", name="A")
    ward.contact(http_sink.url + "2", name="B")
    file.unlink()

    ward.tick(AT, code=None)

    assert {one["recipient"] for one in ward.outbox("sent")} == {"B"}


@pytest.mark.parametrize("place", ["{}", "smtp://n:{{{}}}@127.0.0.1:1/?from=a@b.c&to=d@e.f"])
def test_a_path_is_kept_whole_as_the_service_runs_elsewhere(
    ward, http_sink, tmp_path, monkeypatch, place
):
    (tmp_path / "ward.url").write_text(http_sink.url)
    monkeypatch.chdir(tmp_path)

    ward.load(patient_lines("P-1"))
    ward.contact(place.format("file:ward.url"))
    assert f"file:{tmp_path}/ward.url" in ward.type("contact list --reveal")
    ward.type(f"contact change 1 --channel {place.format('file:./ward.url')}")

    assert f"file:{tmp_path}/./ward.url" in ward.type("contact list --reveal")


def test_a_line_of_a_file_names_the_whole_path(ward, http_sink, tmp_path, monkeypatch):
    (tmp_path / "ward.url").write_text(http_sink.url)
    monkeypatch.chdir(tmp_path)
    line = {"kind": "contact", "clinic": True, "role": "nurse", "name": "W"}
    (tmp_path / "lines.jsonl").write_text(json.dumps({**line, "channel": "file:ward.url"}))

    code, _, err = ward.monitor("import lines.jsonl")

    assert (code, "channel: write the whole path" in err) == (2, True)
