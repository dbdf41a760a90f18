"""Commands about telling people: contacts, policy, ticks, outbox, acknowledging, doctor."""

import json
import re
import shlex
from datetime import timedelta

import pytest

from monitor.commands.options import now
from tests import postgresql

NURSE = "contact add P-1 --role nurse --name 'Ward 3' --channel console:"


@pytest.fixture
def tick(monitor):
    """Make a pass at a moment; gives (exit code, standard output, standard error)."""

    def run(now: str, more: str = "") -> tuple[int, str, str]:
        return monitor(f"tick --now {now}T10:00:00+00:00 {more}")

    return run


@pytest.fixture
def outbox(monitor):
    def entries(more: str = "") -> list[dict]:
        return json.loads(monitor(f"outbox --json {more}")[1])["reminders"]

    return entries


# contacts


def test_a_contact_is_added_listed_and_removed(clinic, monitor, ask):
    added = monitor(NURSE + " --private --timezone Europe/Paris")
    listed = ask("contact list P-1")[1]["contacts"]
    removed = monitor("contact remove 1")

    assert added == (
        0,
        "contact 1: Ward 3 (nurse) is told about P-1 (born 1993-04-02) over console:, "
        "with clinical detail\n",
        "",
    )
    assert listed == [
        {
            "contact": 1,
            "patient": "P-1",
            "role": "nurse",
            "name": "Ward 3",
            "channel": "console:",
            "private": True,
            "timezone": "Europe/Paris",
            "told": True,
        }
    ]
    assert removed == (
        0,
        "removed contact 1: Ward 3 about P-1 (born 1993-04-02)\n",
        "monitor: nobody is told about P-1 (born 1993-04-02) any more; see: monitor contact add\n",
    )
    assert ask("contact list")[1] == {"contacts": []}


def test_who_is_left_without_anybody_is_said_when_a_contact_is_removed(clinic, monitor):
    monitor("contact add --clinic --role nurse --name Ward --channel console:")
    monitor("contact add --clinic --role operator --name IT --channel console:")
    monitor(NURSE)

    own, clinics = monitor("contact remove 3"), monitor("contact remove 1")

    assert own[2] == ""  # the clinic's nurse is told
    assert "no nurse of the clinic is told about everybody who has no nurse of their" in clinics[2]


def test_contacts_are_listed_as_a_table(clinic, monitor):
    monitor(NURSE)

    code, out, _ = monitor("contact list")

    assert code == 0
    assert [line.split() for line in out.splitlines() if "Ward" in line] == [
        ["1", "P-1", "(born", "1993-04-02)", "nurse", "Ward", "3", "console:"]
    ]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("smtp://user:hunter2@mail.example.org:25/?from=a@example.org&to=b@example.org",
         "smtp://mail.example.org:25/…"),
        ("webhook+https://u:hunter2@example.org/hunter2?token=hunter2",
         "webhook+https://example.org/…"),
        ("tgram://123456789:abcdefg_hijklmnop-hunter2hunter2hunt/12315544/", "tgram://…"),
    ],
)  # fmt: skip
def test_a_channels_address_is_a_secret_wherever_it_is_shown(clinic, monitor, url, shown):
    said = monitor(f"contact add P-1 --role nurse --name N --channel {shlex.quote(url)}")
    listed = monitor("contact list --json")

    assert said[0] == 0, said
    assert json.loads(listed[1])["contacts"][0]["channel"] == shown
    assert "hunter2" not in "".join(map(str, (*said, *listed, *monitor("contact list"))))


@pytest.mark.parametrize(
    "typed",
    [
        NURSE.replace("console:", "console: URL"),
        NURSE.replace("--channel console:", "--chanel=URL"),
        "contact add URL --role nurse --name N --channel console:",
        "contact list URL",
        "contact remove URL",
        "acknowledge URL --by me",
        "acknowledge --by me URL",
        "patient show URL",
        "outbox --state URL",
        "URL",
        "tick --now URL",
        "doctor --db odd://u:hunter2@127.0.0.1/x",
    ],
)
@pytest.mark.parametrize(
    "url",
    [
        "smtp://user:hunter2@mail.example.org:25/?from=a@example.org&to=b@example.org",
        "slack://hunter2/hunter2/hunter2",
    ],
)
def test_no_error_repeats_a_channel_that_was_typed_in_the_wrong_place(clinic, monitor, typed, url):
    code, out, err = monitor(typed.replace("URL", shlex.quote(url)))

    assert (code, out) == (2, "")
    assert "hunter2" not in err
    assert 1 <= len(err.splitlines()) <= 2


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("contact add P-9 --role nurse --name N --channel console:", "no patient 'P-9'"),
        ("contact add P-1 --role nusre --name N --channel console:", "nurse"),
        ("contact add P-1 --role nurse --name '' --channel console:", ""),
        ("contact add P-1 --role nurse --name N --channel nonsense", "console:"),
        ("contact add P-1 --role nurse --name N --channel console: --timezone Mars/X", "Mars/X"),
        ("contact remove 7", "no contact 7; see: monitor contact list"),
        ("contact list P-9", "no patient 'P-9'"),
    ],
)
def test_what_cannot_be_a_contact_is_refused_in_a_line_or_two(clinic, monitor, typed, words):
    code, out, err = monitor(typed)

    assert (code, out) == (2, "")
    assert words in err
    assert 1 <= len(err.splitlines()) <= 2


def test_the_same_contact_twice_is_refused_with_what_to_do(clinic, monitor):
    monitor(NURSE)

    code, _, err = monitor(NURSE)

    assert code == 2
    assert "already there as contact 1" in err
    assert "monitor contact change 1" in err


def test_a_contact_that_was_removed_may_be_added_anew(clinic, monitor):
    monitor(NURSE)
    monitor("contact remove 1")

    assert monitor(NURSE)[0] == 0


# the policy


def test_the_policy_that_ships_is_shown_whole_and_is_without_fault(monitor, tmp_path):
    shown = monitor("policy show")[1]
    (tmp_path / "policy.toml").write_text(shown)

    assert monitor(f"policy check {tmp_path}/policy.toml")[0] == 0
    assert monitor("policy check") == (0, "the policy in use: no fault found\n", "")
    assert json.loads(monitor("policy show --json")[1])["hours"]["send_at"] == "09:00"


def test_every_fault_of_a_policy_is_named_and_the_exit_code_tells(monitor, tmp_path):
    shown = monitor("policy show")[1]
    wrong = shown.replace('"09:00"', '"9 h"').replace("[lead_days]", "[lead_days]\nseries = -1")
    (tmp_path / "policy.toml").write_text(wrong)

    code, out, _ = monitor(f"policy check {tmp_path}/policy.toml")
    as_json = json.loads(monitor(f"policy check {tmp_path}/policy.toml --json")[1])

    assert code == 1
    assert "hours.send_at" in out
    assert "lead_days.series" in out
    assert (as_json["well"], len(as_json["faults"])) == (False, 2)


def test_a_lead_for_a_check_that_no_protocol_has_is_a_fault_and_stops_nobody(monitor, tmp_path):
    shown = monitor("policy show")[1]
    ours = "[lead_days]\ncbc-nadri = 3\ncbc-nadir = 3\nseries = 20"
    (tmp_path / "policy.toml").write_text(shown.replace("[lead_days]", ours))

    code, out, _ = monitor(f"policy check {tmp_path}/policy.toml")

    assert code == 1
    assert out.count("\n") == 1
    assert "lead_days.cbc-nadri: no protocol has a check of this name" in out


def test_a_policy_that_cannot_be_read_sends_nothing(clinic, monitor, monkeypatch, tmp_path, tick):
    monitor(NURSE)
    (tmp_path / "policy.toml").write_text("[hours]\n")
    monkeypatch.setenv("MONITOR_POLICY", str(tmp_path / "policy.toml"))

    code, out, err = tick("2023-04-10")

    assert (code, out) == (2, "")
    assert "hours.send_at" in err
    assert err.endswith("no reminder is sent until the policy is right\n")
    assert monitor("outbox")[1] == "no reminders\n"
    assert "policy" in [c["name"] for c in doctor(monitor)["checks"] if not c["well"]]


# ticks


def test_a_tick_says_what_it_did(clinic, monitor, tick):
    monitor(NURSE)
    monitor(NURSE.replace("P-1", "P-2"))

    code, out, err = tick("2023-04-10")

    assert (code, err) == (0, "")
    first, *_, last = out.splitlines()
    assert re.fullmatch(r"\[[3-9A-Z]{4,6} \w+\] A .*\. Ref [3-9A-Z]{4,6}\.", first)
    assert re.fullmatch(r"3 patients checked; \d+ messages queued, \d+ sent, 0 failed, .*", last)


def test_a_tick_with_json_prints_one_document_whatever_the_console_shows(clinic, monitor, tick):
    for who in ("P-1", "P-2"):
        monitor(NURSE.replace("P-1", who) + " --private")

    code, out, err = tick("2023-04-10", "--json")

    answer = json.loads(out)
    assert code == 0
    assert set(answer) >= {"now", "courses", "owed", "sent", "failed", "withdrawn", "given_up"}
    assert answer["now"] == "2023-04-10T10:00:00+00:00"
    assert answer["sent"] == answer["owed"] > 0
    assert "A scheduled check is due. Ref" in err


def test_a_tick_in_which_a_delivery_failed_exits_1(clinic, monitor, tick, caplog):
    monitor("contact add P-1 --role nurse --name N --channel webhook+http://127.0.0.1:9/")

    code, out, _ = tick("2023-04-10", "--json")

    assert code == 1
    assert json.loads(out)["failed"] > 0
    assert "the connection was refused" in caplog.text


@pytest.mark.parametrize("now", ["yesterday", "2023-04-10", "2023-04-10T10:00:00"])
def test_a_moment_that_is_none_is_refused(clinic, monitor, now):
    code, out, err = monitor(f"tick --now {now}")

    assert (code, out) == (2, "")
    assert "--now" in err


def test_one_who_cannot_be_looked_at_is_said_and_stops_nobody(clinic, monitor, tick, spoil):
    spoil("P-2")
    monitor(NURSE)

    code, out, err = tick("2023-04-10", "--json")

    assert code == 1
    assert json.loads(out)["unusable"] == 1
    assert json.loads(out)["sent"] > 0
    assert "monitor: 1 could not be checked; see: monitor doctor\n" in err


# the outbox


def test_the_outbox_lists_every_reminder_with_its_tries(clinic, monitor, tick, outbox):
    monitor("contact add P-1 --role nurse --name N --channel webhook+http://127.0.0.1:9/")
    tick("2023-04-10")

    one = outbox()[0]

    assert (one["patient"], one["recipient"], one["state"]) == ("P-1", "N", "owed")
    assert one["stage"] in ("ahead", "due", "overdue", "escalated", "warning")
    assert one["channel"] == "webhook+http://127.0.0.1:9/…"
    assert 4 <= len(one["ref"]) <= 6
    assert one["attempts"][0]["outcome"] == "unknown"
    assert one["attempts"][0]["error"] == "the connection was refused"


def test_the_outbox_is_limited_to_states_that_there_are(clinic, monitor, tick, outbox):
    monitor(NURSE)
    tick("2023-04-10")

    assert outbox("--state owed --state failed") == []
    assert len(outbox("--state sent")) == len(outbox())
    code, _, err = monitor("outbox --state snet")
    assert code == 2
    assert "sent" in err


def test_what_moved_to_another_message_is_not_taken_for_the_word_to_operators(
    clinic, monitor, tick, outbox
):
    url = "webhook+http://127.0.0.1:9"
    monitor(f"contact add P-1 --role nurse --name N --channel {url}/a")
    tick("2023-04-10")
    monitor("contact remove 1")
    monitor(f"contact add P-1 --role nurse --name N --channel {url}/b")
    tick("2023-04-10")

    assert "alive" not in [one["rule"] for one in outbox()]
    assert monitor("outbox")[0] == 0


# acknowledging


@pytest.fixture
def sent(clinic, monitor, tick, outbox):
    """Tell a nurse about P-2's weak heart; gives that reminder."""
    monitor("contact add P-2 --role nurse --name N --channel console:")
    tick("2023-04-10")
    return next(one for one in outbox() if one["rule"] == "low-lvef")


@pytest.mark.parametrize("word", ["key", "ref", "ref in lower case"])
def test_a_message_is_acknowledged_by_its_key_or_its_reference(sent, monitor, word):
    typed = {"key": sent["key"], "ref": sent["ref"], "ref in lower case": sent["ref"].lower()}

    code, out, _ = monitor(f"acknowledge {typed[word]} --by 'Dr A' --on 2023-04-10 --note seen")

    assert code == 0
    assert "seen: P-2 (born 1980-01-01) low-lvef 1, event " in out
    assert "what is to be done is still to be done" in out
    assert "low-lvef" in monitor("warnings P-2")[1]


def test_a_warning_is_acknowledged_by_its_key(clinic, monitor, ask):
    key = next(w["key"] for w in ask("warnings P-2")[1]["warnings"] if w["rule"] == "low-lvef")

    code, out, _ = monitor(f"acknowledge {key} --by 'Dr A' --json")

    assert code == 0
    assert list(json.loads(out)) == ["events"]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("7F3K", "monitor outbox"),
        ("P-2:low-lvef:999", "monitor warnings P-2"),
        ("P-9:low-lvef:1", "monitor outbox"),
        ("::", "monitor outbox"),
    ],
)
def test_what_nobody_knows_is_not_acknowledged(clinic, monitor, count, word, hint):
    before = count()

    code, out, err = monitor(f"acknowledge {word} --by 'Dr A'")

    assert (code, out) == (2, "")
    assert hint in err
    assert count() == before


def test_the_word_to_operators_asks_for_nothing_that_could_be_acknowledged(
    clinic, monitor, tick, outbox
):
    monitor("contact add P-1 --role operator --name IT --channel console:")
    tick("2023-04-10")
    alive = next(one for one in outbox() if one["rule"] == "alive")

    code, _, err = monitor(f"acknowledge {alive['ref']} --by IT")

    assert code == 2
    assert "nothing to acknowledge" in err


def test_what_was_acknowledged_is_quiet_for_its_days_and_then_resumes(sent, monitor, tick, outbox):
    monitor(f"acknowledge {sent['ref']} --by 'Dr A' --on 2023-04-10")

    quiet = [tick(f"2023-04-{day}", "--json") for day in range(11, 24)]
    messages = len([one for one in outbox() if one["rule"] == "low-lvef"])
    tick("2023-04-24")  # 14 days after

    assert {code for code, _, _ in quiet} == {0}
    assert messages == 1
    assert len([one for one in outbox() if one["rule"] == "low-lvef"]) == 2


# doctor


def doctor(monitor) -> dict:
    return json.loads(monitor("doctor --json")[1])


def ill(monitor) -> dict[str, str]:
    """Give what is not well, and why."""
    return {one["name"]: one["message"] for one in doctor(monitor)["checks"] if not one["well"]}


@pytest.mark.usefixtures("new")
def test_an_empty_record_is_well(monitor):
    monitor("db upgrade")

    code, out, _ = monitor("doctor")

    assert code == 0
    assert "NOT WELL" not in out


def test_a_clinic_whose_reminders_are_sent_is_well(clinic, monitor):
    for who in ("P-1", "P-2"):
        monitor(f"contact add {who} --role nurse --name N --channel console:")
    monitor("tick")

    assert monitor("doctor")[0] == 0
    assert ill(monitor) == {}
    assert doctor(monitor)["well"] is True


def test_every_check_of_the_doctor_says_what_is_well(clinic, monitor):
    names = [one["name"] for one in doctor(monitor)["checks"]]

    about = "server" if postgresql.URL else "journal"
    files = [] if postgresql.URL else ["file", "backups"]
    assert names == ["schema", "database", about, "chain", "damage", "beat", "clock", "outbox",
                     "recipients", "channels", "patients", "checks", *files, "policy"]  # fmt: skip


def test_patients_without_anybody_to_tell_are_named(clinic, monitor):
    monitor(NURSE)
    assert ill(monitor)["recipients"] == "P-2 has checks and nobody to tell"

    monitor("tick")

    assert ill(monitor) == {"recipients": "P-2: an urgent warning reaches nobody"}
    assert monitor("doctor")[0] == 1


def test_nobody_to_tell_at_all_is_said_with_what_to_type(clinic, monitor):
    assert ill(monitor)["recipients"].endswith("type: monitor contact add")


def test_a_beat_that_never_was_is_said_where_somebody_should_be_told(clinic, monitor):
    monitor(NURSE)

    assert ill(monitor)["beat"] == "nobody has sent reminders yet; start: monitor run"


@pytest.mark.parametrize(
    ("now", "words"), [("2023-04-10", "days ago"), ("2099-01-01", "set the clock")]
)
def test_a_beat_that_is_old_or_lies_ahead_is_said(clinic, monitor, tick, now, words):
    monitor(NURSE)
    tick(now)

    assert words in ill(monitor)["beat"]


def test_a_channel_that_fails_again_and_again_is_named_without_its_secrets(clinic, monitor, tick):
    monitor("contact add P-1 --role nurse --name N --channel webhook+http://u:hunter2@127.0.0.1:9/")
    for ago in (3, 2, 1):  # of late: of older tries nothing is said
        tick(str(now().date() - timedelta(days=ago)))

    assert "N: webhook+http://127.0.0.1:9/… failed 3 times" in ill(monitor)["channels"]
    assert "hunter2" not in str(doctor(monitor))


def test_a_channel_that_was_removed_fails_no_more(clinic, monitor, tick):
    monitor("contact add P-1 --role nurse --name N --channel webhook+http://127.0.0.1:9/")
    for ago in (3, 2, 1):  # of late: of older tries nothing is said
        tick(str(now().date() - timedelta(days=ago)))
    monitor("contact remove 1")

    assert "channels" not in ill(monitor)


def test_a_message_that_was_given_up_is_said(clinic, monitor, tick, outbox):
    monitor("contact add P-1 --role nurse --name N --channel webhook+http://127.0.0.1:9/")
    for day in range(10, 19):
        tick(f"2023-04-{day}")

    assert outbox("--state failed")
    assert "given up" in ill(monitor)["outbox"]
    assert "monitor outbox --state failed" in ill(monitor)["outbox"]


def test_a_patient_who_could_not_be_looked_at_is_named(clinic, monitor, tick, spoil):
    spoil("P-2")
    monitor(NURSE)
    tick("2023-04-10")

    assert ill(monitor)["patients"].startswith("P-2: ")


def test_a_record_that_was_touched_is_said(clinic, monitor, spoil):
    spoil("P-2")

    assert ill(monitor)["chain"].startswith("P-2: ")


@postgresql.sqlite_only
def test_a_file_that_is_no_database_is_said(monitor, tmp_path):
    (tmp_path / "clinic.db").write_text("these are no facts, but they are long enough" * 50)

    code, out, err = monitor("doctor --json")

    assert code == 1
    assert [one["name"] for one in json.loads(out)["checks"] if not one["well"]]
    assert "Traceback" not in err


# silence


def test_a_command_warns_on_standard_error_when_nobody_sends_what_is_owed(clinic, monitor, tick):
    monitor(NURSE)
    tick("2023-04-09")

    code, out, err = monitor("upcoming P-1 --json")

    assert code == 0
    assert json.loads(out)
    assert err == (
        "monitor: nobody has sent reminders since 2023-04-09 10:00 UTC; start monitor run, "
        "and see: monitor doctor\n"
    )


BACKUP = [] if postgresql.URL else ["db backup FOLDER/b.db"]


@pytest.mark.parametrize(
    "typed",
    ["protocol list", "protocol show example", "policy show", "policy check",
     "db status", "db verify", "db upgrade", *BACKUP, "contact list",
     "patient list", "outbox", "gate --on 2023-04-10", "history P-1",
     "fact set P-1 breast_feeding=no --on 2023-04-01"],
)  # fmt: skip
def test_every_command_warns(clinic, monitor, tick, tmp_path, typed):
    monitor(NURSE)
    tick("2023-04-09")

    _, _, err = monitor(typed.replace("FOLDER", str(tmp_path)))

    assert "monitor: nobody has sent reminders since 2023-04-09 10:00 UTC" in err


@postgresql.sqlite_only
def test_a_command_that_needs_no_database_minds_none_that_is_broken(monitor, tmp_path):
    (tmp_path / "clinic.db").write_text("hello " * 1000)
    broken = monitor("protocol list")
    (tmp_path / "clinic.db").unlink()
    missing = monitor("protocol list")

    assert (broken[0], broken[2]) == (missing[0], missing[2]) == (0, "")
    assert not (tmp_path / "clinic.db").exists()


def test_no_command_warns_where_nobody_is_to_be_told(clinic, monitor):
    assert monitor("upcoming P-1")[2] == ""
