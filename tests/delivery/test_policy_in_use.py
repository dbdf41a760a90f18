"""Doctor says before the first emergency what the policy in use cannot send over."""

import os
import threading

import pytest

from tests.delivery.ward import patient_lines


def policy_finding(ward) -> tuple[bool, str]:
    (found,) = [one for one in ward.ask("doctor")["checks"] if one["name"] == "policy"]
    return found["well"], found["message"]


def test_doctor_names_a_relay_that_cannot_be_opened_before_anybody_is_reached_through_it(
    ward, site
):
    site(pager="pigeon://hunter2/{to}")
    ward.load(patient_lines())

    well, said = policy_finding(ward)

    assert not well
    assert "relay pager: no channel is known by this URL" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("kind", ["file", "env"])
@pytest.mark.parametrize("now_there", [None, "hunter2", "pigeon://hunter2", "mailto://hunter2"])
def test_doctor_names_whose_channel_has_become_unusable_and_nothing_of_its_secret(
    ward, secret, site, kind, now_there, monkeypatch
):
    def put(url: str | None) -> None:
        if url is None:
            secret.unlink()
            monkeypatch.delenv("WARD_URL")
        else:
            secret.write_text(url)
            monkeypatch.setenv("WARD_URL", url)

    site()
    put("webhook+https://nurse:hunter2@example.org/x")
    ward.load(patient_lines())
    ward.contact("env:WARD_URL" if kind == "env" else f"file:{secret}")
    assert policy_finding(ward) == (True, "readable")
    put(now_there)

    well, said = policy_finding(ward)

    assert not well
    assert "contact 1 (Ward 3) of P-1: " in said
    assert f"({kind}://…)" in said
    assert "hunter2" not in said


def test_doctor_says_when_passes_go_by_another_policy_than_the_one_that_is_set(
    ward, site, tmp_path, monkeypatch
):
    monkeypatch.delenv("MONITOR_POLICY")
    ward.load(patient_lines())
    ward.type("tick")
    assert policy_finding(ward) == (True, "readable")
    monkeypatch.setenv("MONITOR_POLICY", str(tmp_path / "policy.toml"))
    site(mail="smtp://mail.example.org/?from=a@example.org&to={to}")
    assert policy_finding(ward) == (True, "readable")  # written since: the next pass reads it
    os.utime(tmp_path / "policy.toml", (0, 0))

    well, said = policy_finding(ward)

    assert not well
    assert f"the last pass used another policy than {tmp_path / 'policy.toml'}" in said
    ward.type("tick")
    assert policy_finding(ward) == (True, "readable")


def test_a_pipe_is_no_policy_and_nobody_waits_for_one(monitor, tmp_path, monkeypatch):
    pipe = tmp_path / "policy.toml"
    os.mkfifo(pipe)
    monkeypatch.setenv("MONITOR_POLICY", str(pipe))
    ends_who_reads = threading.Timer(20, pipe.write_text, [""])
    ends_who_reads.start()

    code, _, err = monitor("policy show")

    ends_who_reads.cancel()
    assert (code, err) == (2, f"monitor: {pipe} is no regular file; write it to one first\n")
