"""Whom the clinic names once is told about everybody whose own contacts lack that role."""

import json

import pytest
from sqlalchemy import text

from tests.behind import behind, drop_triggers
from tests.delivery.test_undelivered import DEAD, FEVER, passes, told
from tests.delivery.ward import fever, patient_lines

AT = "2023-01-20T08:00:00+00:00"
LATER = "2023-01-20T08:05:00+00:00"
SAYS = "febrile-neutropenia"


@pytest.fixture
def clinic(ward, http_sink):
    """Give a ward with two patients who have a fever, and a nurse of the clinic (contact 1)."""
    ward.load(patient_lines("P-1", fever(AT)), patient_lines("P-2", fever(AT), born="1990-01-01"))
    add(ward, "nurse", "Ward", http_sink.url + "/ward")
    return ward


def add(ward, role: str, name: str, url: str, more: str = "") -> str:
    return ward.type(f"contact add --clinic --role {role} --name {name} --channel {url} {more}")


def heard(ward, *states: str) -> set[tuple[str, str]]:
    """Say who was told of the emergency of whom."""
    found = ward.outbox(*states) if states else ward.outbox("sent")
    return {(one["recipient"], one["patient"]) for one in found if one["rule"] == SAYS}


def test_a_nurse_of_the_clinic_hears_of_everybody(clinic):
    clinic.tick(AT)

    assert heard(clinic) == {("Ward", "P-1"), ("Ward", "P-2")}


def test_who_has_a_nurse_of_their_own_is_none_of_the_clinics(clinic, http_sink):
    clinic.contact(http_sink.url + "/own", "P-1", name="Own")

    clinic.tick(AT)

    assert heard(clinic) == {("Own", "P-1"), ("Ward", "P-2")}


def test_a_role_that_the_own_contacts_lack_is_filled_and_no_other(clinic, http_sink):
    clinic.contact(http_sink.url + "/own", "P-1", name="Own")
    add(clinic, "prescriber", "Dr", http_sink.url + "/dr")

    clinic.tick(AT)

    assert heard(clinic) == {("Own", "P-1"), ("Ward", "P-2"), ("Dr", "P-1"), ("Dr", "P-2")}


def test_an_own_contact_that_can_be_sent_nothing_keeps_nobody_from_the_clinics(clinic, database):
    clinic.contact("syslog://", "P-1", name="Blind")  # nobody ever knows what arrives there

    clinic.tick(AT)

    assert ("Ward", "P-1") in heard(clinic)


def test_once_a_patient_has_an_own_nurse_the_clinics_is_told_no_more_of_that_patient(
    clinic, http_sink
):
    clinic.tick(AT)
    clinic.contact(http_sink.url + "/own", "P-1", name="Own")
    clinic.add("P-1", fever(LATER))
    clinic.add("P-2", fever(LATER))

    clinic.tick("2023-01-20T08:10:00+00:00")

    latest = {
        (one["recipient"], one["patient"])
        for one in clinic.outbox("sent")
        if one["rule"] == SAYS and one["due_at"] > LATER.replace("T08:05", "T08:06")
    }
    assert latest == {("Own", "P-1"), ("Ward", "P-2")}


def test_what_waits_for_the_clinics_nurse_goes_to_the_own_one_instead(clinic, http_sink, owe):
    owe(AT)
    clinic.contact(http_sink.url + "/own", "P-1", name="Own")

    clinic.tick(LATER)

    assert heard(clinic) == {("Own", "P-1"), ("Ward", "P-2")}
    assert ("Ward", "P-1") in heard(clinic, "withdrawn")


def test_once_the_own_nurse_is_removed_the_clinics_hears_again(clinic, http_sink):
    number = clinic.contact(DEAD, "P-1", name="Own")
    clinic.tick(AT, code=1)
    clinic.type(f"contact remove {number}")

    clinic.tick(LATER)

    assert ("Ward", "P-1") in heard(clinic)
    assert heard(clinic, "owed", "sending") == set()


def test_one_who_was_removed_is_told_nothing_and_what_waits_is_withdrawn(clinic, http_sink, owe):
    add(clinic, "prescriber", "Dr", http_sink.url + "/dr")
    owe(AT)
    clinic.type("contact remove 1")

    clinic.tick(LATER)

    assert heard(clinic) == {("Dr", "P-1"), ("Dr", "P-2")}
    assert heard(clinic, "withdrawn") == {("Ward", "P-1"), ("Ward", "P-2")}


def test_one_who_is_added_later_hears_at_the_next_pass_of_what_stands(clinic, http_sink):
    clinic.tick(AT)
    add(clinic, "prescriber", "Dr", http_sink.url + "/dr")

    clinic.tick(LATER)

    assert {("Dr", "P-1"), ("Dr", "P-2")} <= heard(clinic)


def test_where_the_clinics_nurse_is_not_reached_its_prescriber_hears_in_ten_minutes(
    ward, http_sink
):
    ward.load(patient_lines("P-1", fever(FEVER.isoformat())))
    add(ward, "nurse", "Ward", DEAD)
    add(ward, "operator", "Op", http_sink.url + "/op", "--private")

    passes(ward, 11, every=11)

    assert (SAYS, "Op") in told(ward, "sent")
    assert (SAYS, "Ward") in told(ward, "owed")


def test_where_an_own_nurse_is_not_reached_the_clinics_prescriber_stands_in(ward, http_sink):
    ward.load(patient_lines("P-1", fever(FEVER.isoformat())))
    ward.contact(DEAD, "P-1", name="Own")
    add(ward, "prescriber", "Dr", http_sink.url + "/dr", "--private")

    passes(ward, 11, every=11)

    said = [one["body"]["body"] for one in http_sink.requests]
    assert any("Own could not be reached." in words for words in said)


def test_an_emergency_that_nobody_acknowledges_escalates_to_the_clinics_pharmacist(
    clinic, http_sink
):
    add(clinic, "pharmacist", "Ph", http_sink.url + "/ph")
    clinic.tick(AT)
    assert ("Ph", "P-1") not in heard(clinic)

    clinic.tick("2023-01-20T09:01:00+00:00")

    assert {("Ph", "P-1"), ("Ph", "P-2")} <= heard(clinic)


def test_what_was_said_on_wrong_facts_is_taken_back_where_it_was_said(clinic, http_sink):
    clinic.tick(AT)
    before = len(http_sink.requests)
    clinic.type(f"retract {clinic.event('fever')} --reason mistyped --by N")

    clinic.tick(LATER)

    said = [one["body"]["body"] for one in http_sink.requests[before:]]
    assert any("no longer applies." in words for words in said)


def test_of_a_closed_patient_nobody_of_the_clinic_is_told(clinic, owe):
    owe(AT)
    clinic.type("patient close P-1 --reason transferred --on 2023-01-20 --by N")

    clinic.tick(LATER)

    assert heard(clinic) == {("Ward", "P-2")}


def test_patients_of_several_share_the_clinics_message_of_the_day(ward, http_sink):
    ward.load(patient_lines("P-1"), patient_lines("P-2", born="1990-01-01"))
    add(ward, "nurse", "Ward", http_sink.url)

    ward.tick("2023-01-20T10:00:00+00:00")

    assert len(http_sink.requests) == 1
    assert {one["patient"] for one in ward.outbox("sent")} == {"P-1", "P-2"}


def test_doctor_misses_nobody_whom_the_clinics_contact_hears_of(ward, http_sink):
    ward.load(patient_lines("P-1"))
    assert _said(ward, "recipients").startswith("nobody is told anything")
    add(ward, "nurse", "Ward", http_sink.url)
    ward.tick("2023-01-20T10:00:00+00:00")

    assert _said(ward, "recipients") == "every patient with checks has a contact"
    assert _said(ward, "chain") == "every fact of 1 patients is as it was recorded"
    assert _said(ward, "checks") == "all are worked out"


def _said(ward, name: str) -> str:
    return next(one["message"] for one in ward.ask("doctor")["checks"] if one["name"] == name)


def test_a_warning_reaches_nobody_where_the_clinics_only_contact_hears_nothing(ward):
    ward.load(patient_lines("P-1", fever(AT)))
    add(ward, "nurse", "Blind", "syslog://")

    said = ward.tick(AT, code=1)

    assert said["unheard"] == [{"patient": "P-1", "messages": 1}]


def test_no_list_and_no_count_of_patients_holds_the_clinic(clinic):
    clinic.tick(AT)

    assert clinic.tick("2023-01-21T10:00:00+00:00", code=None)["courses"] == 2
    listed = clinic.ask("patient list")["patients"]
    assert "the clinic" not in str(listed)
    assert clinic.ask("db verify")["well"]


def test_it_is_listed_whole_and_of_a_patient_who_is_told_of_it(clinic, http_sink):
    clinic.contact(http_sink.url + "/own", "P-1", name="Own")

    everybody = clinic.ask("contact list")["contacts"]
    own, other = (clinic.ask(f"contact list {who}")["contacts"] for who in ("P-1", "P-2"))

    assert [(one["contact"], one["patient"]) for one in everybody] == [(1, None), (2, "P-1")]
    assert [one["name"] for one in own] == ["Own"]
    assert [one["name"] for one in other] == ["Ward"]
    assert "the clinic" in clinic.type("contact list")


def test_adding_says_of_whom_it_is_told(ward):
    said = add(ward, "nurse", "Ward", "console:")

    assert said == (
        "contact 1: Ward (nurse) is told about everybody who has no nurse of their own, "
        "over console:, without clinical detail\n"
    )


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("--clinic --role patient", "role patient is a patient's own contact"),
        ("P-1 --clinic --role nurse", "PATIENT or --clinic, not both"),
        ("--role nurse", "name a PATIENT, or give --clinic"),
        ("--clinic --role boss", "is not one of"),
        ("--clinic --role nurse", "already there as contact 1"),
    ],
)
def test_what_cannot_be_the_clinics_contact_is_refused(clinic, http_sink, typed, words):
    channel = f"--name Ward --channel {http_sink.url}/ward"

    code, _, err = clinic.monitor(f"contact add {typed} {channel}")

    assert (code, words in err, len(err.splitlines()) < 3) == (2, True, True), err
    assert len(clinic.ask("contact list")["contacts"]) == 1


def test_four_commands_make_the_contacts_of_a_clinic(ward, http_sink):
    ward.load(*(patient_lines(f"P-{n}", fever(AT), born=f"19{n}0-01-01") for n in range(4, 9)))
    for role in ("nurse", "prescriber", "pharmacist", "operator"):
        add(ward, role, role, f"{http_sink.url}/{role}")

    ward.tick(AT)

    people = {f"P-{n}" for n in range(4, 9)}
    assert heard(ward) == {(role, who) for role in ("nurse", "prescriber") for who in people}


def test_a_change_reaches_who_waits_for_it_and_keeps_the_number(clinic, http_sink, owe):
    owe(AT)
    clinic.type(f"contact change 1 --channel {http_sink.url}/new --by Ann")

    clinic.tick(LATER)

    assert {one["path"] for one in http_sink.requests} == {"/hook/new"}
    assert [one["contact"] for one in clinic.ask("contact list")["contacts"]] == [1]
    clinic.type("contact remove 1")
    assert clinic.ask("contact list")["contacts"] == []


def test_what_is_urgent_and_went_to_a_wrong_address_goes_to_the_right_one_too(clinic, http_sink):
    clinic.tick(AT)
    clinic.type(f"contact change 1 --channel {http_sink.url}/new")
    http_sink.requests.clear()

    clinic.tick(LATER)

    assert {one["path"] for one in http_sink.requests} == {"/hook/new"}


def test_one_who_becomes_another_role_is_told_as_that(clinic):
    clinic.type("contact change 1 --role pharmacist")

    clinic.tick(AT)

    told = {(one["recipient"], one["patient"]) for one in clinic.outbox("sent")}
    assert told == {("Ward", "P-1"), ("Ward", "P-2")}  # where there is no other staff
    assert clinic.ask("contact list")["contacts"][0]["role"] == "pharmacist"


def test_an_own_contact_is_changed_and_its_history_says_both(ward):
    ward.load(patient_lines("P-1"))
    ward.contact("console:", "P-1")
    ward.type("contact change 1 --name 'Ward 4' --private --timezone Europe/Paris")

    one = ward.ask("contact list P-1")["contacts"][0]
    assert (one["name"], one["private"], one["timezone"]) == ("Ward 4", True, "Europe/Paris")
    said = [entry["what"] for entry in ward.ask("history P-1")["entries"]]
    assert [words[:18] for words in said if "contact 1" in words] == [
        "contact 1: Ward 3 ",
        "contact 1: Ward 4 ",
    ]
    ward.type("contact change 1 --timezone '' --not-private")
    one = ward.ask("contact list P-1")["contacts"][0]
    assert (one["private"], one["timezone"]) == (False, None)
    assert ward.ask("db verify")["well"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("7 --name A", "no contact 7"),
        ("1", "already is as given"),
        ("1 --name Ward", "already is as given"),
        ("1 --role patient", "role patient is a patient's own contact"),
        ("1 --channel nonsense", "console:"),
        ("1 --timezone Mars/X", "Mars/X"),
        ("2 --name Ward --role nurse", "already there as contact 1"),
        ("1 --private --channel smtp://far.example.org/?from=a@b.org&to=c@d.org", "--private"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_stores_nothing(clinic, http_sink, typed, words):
    add(clinic, "prescriber", "Dr", http_sink.url + "/ward")
    before = clinic.ask("contact list")

    code, _, err = clinic.monitor(f"contact change {typed}")

    assert (code, words in err, len(err.splitlines()) < 3) == (2, True, True), err
    assert clinic.ask("contact list") == before


def test_a_row_of_the_list_that_a_hand_changed_keeps_nobody_from_being_told(clinic, database):
    with behind(database) as connection:
        connection.execute(text("UPDATE contact SET removed_at = '2023-01-01'"))
    assert "contact 1 is not what was recorded" in _said(clinic, "damage")

    clinic.tick(AT)

    assert heard(clinic) == {("Ward", "P-1"), ("Ward", "P-2")}
    assert clinic.ask("contact list")["contacts"]
    assert _said(clinic, "damage") == "no damaged row was found"


def test_where_the_clinics_facts_are_damaged_all_are_looked_at_and_nothing_private_is_sent(
    clinic, http_sink, database
):
    add(clinic, "prescriber", "Dr", http_sink.url + "/dr", "--private")
    with behind(database) as connection:
        drop_triggers(connection)
        connection.execute(text("UPDATE fact SET recorded_by = 'X' WHERE patient = 'the clinic'"))

    said = clinic.tick(AT, code=1)

    assert {one["patient"] for one in said["unheard"]} == {"P-1", "P-2"}
    bodies = [one["body"]["body"] for one in http_sink.requests]
    assert bodies
    assert not any("P-1" in words for words in bodies)
    assert "the clinic: event" in _said(clinic, "chain")


def test_a_clinic_may_begin_with_its_contacts(monitor, tmp_path, http_sink):
    db = f"--db {tmp_path / 'new.db'}"
    typed = f"contact add --clinic --role nurse --name Ward --channel {http_sink.url} {db}"

    code, _, err = monitor(typed)

    assert (code, "created the database" in err) == (0, True)
    assert monitor(f"patient add P-1 --sex female {db}")[0] == 0
    assert monitor(f"tick --json {db}")[0] == 0
    assert json.loads(monitor(f"db verify --json {db}")[1])["well"]


def test_rows_that_an_earlier_program_made_for_the_clinic_tell_and_count_nothing(clinic, database):
    clinic.tick(AT)
    with behind(database) as connection:
        connection.execute(
            text(
                "INSERT INTO look (patient, next_at, known, written) "
                "VALUES ('the clinic', '', 0, '2023-01-01T00:00:00.000000+00:00 0 - -')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO treatment (patient, drug, protocol, evaluated_on, next_look, look_at)"
                " VALUES ('the clinic', '', '', '0001-01-01', '9999-12-31', '')"
            )
        )

    assert clinic.tick("2023-01-21T10:00:00+00:00", code=None)["courses"] == 2
    clinic.type("db upgrade")
    assert _said(clinic, "checks") == "all are worked out"
    assert _said(clinic, "patients") == "every patient could be checked"
    assert "the clinic" not in clinic.type("upcoming --json") + clinic.type("patient list")


def test_an_operator_of_the_clinic_hears_of_everybody_and_that_the_service_is_alive(
    ward, http_sink
):
    ward.load(patient_lines("P-1", fever(AT)), patient_lines("P-2", fever(AT), born="1990-01-01"))
    ward.contact(http_sink.url + "/own", "P-1", role="operator", name="Own")
    add(ward, "operator", "Op", http_sink.url + "/op")

    ward.tick("2023-01-20T10:00:00+00:00", code=None)

    assert {("Op", "P-1"), ("Op", "P-2")} <= heard(ward)
    said = [one["body"]["body"] for one in http_sink.requests if one["path"] == "/hook/op"]
    assert sum(words.startswith("alive: ") for words in said) == 1


def test_who_changed_the_clinics_contacts_is_asked_like_any_history(clinic):
    clinic.type("contact remove 1 --by Ann")

    said = clinic.ask('history "the clinic"')["entries"]

    assert [(one["what"], one["by"]) for one in said][1] == ("contact 1 is told no more", "Ann")
