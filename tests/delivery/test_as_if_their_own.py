"""Who hears by the clinic's contacts is who would by own contacts in the roles that lack.

Drawn clinics live through the same weeks twice. A campaign, with the marker `faults`.
"""

import random
import shutil
from datetime import timedelta

import pytest

from monitor.store.clinic import CLINIC
from tests import postgresql
from tests.delivery.test_undelivered import DEAD, FEVER
from tests.delivery.ward import Ward, fever, lvef, patient_lines

STAFF = ("nurse", "prescriber", "pharmacist")
PEOPLE = [f"P-{number}" for number in range(4)]
MINUTES = (0, 1, 11, 22, 33, 61, 75, 13 * 60, 26 * 60, 20 * 24 * 60)
Drawn = dict[str, tuple[str, bool]]  # by role: how its channel is, and whether it is private


def draw(rng: random.Random, roles: tuple[str, ...], *hows: str) -> Drawn:
    drawn = {role: (rng.choice(["", *hows]), rng.random() < 0.5) for role in roles}
    return {role: how for role, how in drawn.items() if how[0]}


def add(ward: Ward, sink: str, who: str, name: str, drawn: Drawn) -> None:
    for role, (how, is_private) in drawn.items():
        url = {"well": f"{sink}/{name}", "dead": DEAD, "blind": "syslog://"}[how]
        whose = "--clinic" if who == CLINIC else who
        typed = f"contact add {whose} --role {role} --name {name} --channel {url} --confirm"
        ward.type(typed + " --private" * is_private)


def live(ward: Ward, weeks: list[str]) -> list[object]:
    """Pass after pass, with what somebody does between; gives what is on record after each."""
    found: list[object] = []
    for number, minute in enumerate(MINUTES):
        now = FEVER + timedelta(minutes=minute)
        ward.tick(now.isoformat(), code=None)
        outbox = ward.outbox()
        what = ("recipient", "patient", "rule", "stage", "state", "due_at")
        found.append(sorted(str([one[key] for key in what]) for one in outbox))
        match weeks[number]:
            case "acknowledge":
                sent = [one for one in outbox if one["state"] == "sent" and one["patient"] == "P-2"]
                for one in sorted(sent, key=lambda one: one["recipient"])[:1]:
                    ward.type(f"acknowledge {one['ref']} --by N --on {now.date()}")
            case "retract":
                ward.monitor(f"retract {ward.event('fever', 'P-0')} --reason wrong --by N")
            case "close":
                ward.monitor(f"patient close P-3 --reason died --on {now.date()} --by N")
    return [*found, next(c for c in ward.ask("doctor")["checks"] if c["name"] == "recipients")]


@postgresql.sqlite_only
@pytest.mark.faults
@pytest.mark.parametrize("seed", [4, *range(100, 130)])
def test_the_clinics_contacts_act_as_own_ones_in_the_roles_that_lack(
    seed, empty_database, tmp_path, monitor, http_sink, monkeypatch
):
    rng = random.Random(seed)
    clinic = draw(rng, STAFF, "well", "dead", "blind")
    own = {who: draw(rng, ("patient", *STAFF), "", "well", "dead") for who in PEOPLE}
    weeks = rng.choices(["acknowledge", "retract", "close", ""], k=len(MINUTES))
    lived = []
    for way in ("clinic", "own"):
        (tmp_path / way).mkdir()
        database = shutil.copy(empty_database, tmp_path / f"{way}.db")
        monkeypatch.setenv("MONITOR_DB", f"sqlite:///{database}")
        ward = Ward(monitor, tmp_path / way)
        ill = [fever(FEVER.isoformat()), lvef("45", "2023-01-14")]
        lines = [
            patient_lines(who, ill[n % 2], born=f"19{n}5-02-03") for n, who in enumerate(PEOPLE, 2)
        ]
        ward.load(*lines)
        for who in PEOPLE:
            add(ward, http_sink.url, who, who, own[who])
        if way == "clinic":
            add(ward, http_sink.url, CLINIC, "Clinic", clinic)
        else:
            for who in PEOPLE:
                lacking = {role: how for role, how in clinic.items() if role not in own[who]}
                add(ward, http_sink.url, who, "Clinic", lacking)
        add(ward, http_sink.url, PEOPLE[0], "Op", {"operator": ("well", False)})
        lived.append(live(ward, weeks))

    for by_clinic, by_own in zip(*lived, strict=True):
        assert by_clinic == by_own
