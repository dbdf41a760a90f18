"""The count of alarms: a clinic of well patients that does all in time is left in peace."""

from tests.alarms import values
from tests.alarms.clinic import Life
from tests.alarms.counting import counted, rates
from tests.alarms.memory import in_memory
from tests.alarms.values import KEPT, Keeping

DRUGS = ("mitoxantrone-ms-us", "doxorubicin-us", "cladribine-ms-us", "alemtuzumab-ms-us")


def lived(*named: str) -> dict[str, float]:
    found = []
    with in_memory():
        for name in named:
            life = Life(number=1, years=1, keeping=KEPT["well"], named=name)
            life.live()
            found.append(counted(life))
    rate, years = rates(found)
    assert years > 0.9 * len(named)  # a course begins within three months
    return rate


def test_well_patients_of_a_well_kept_clinic_raise_nothing_urgent_but_what_they_report():
    rate = lived(*DRUGS)

    grave = [what for what in rate if what.endswith((" urgent", " emergency"))]
    assert grave == []
    assert rate["gate clear"] > 2  # they were treated
    assert rate["message nurse day's"] > 5  # and the clinic was told of its checks


def test_a_count_that_falls_to_where_it_is_critical_is_heard_in_the_same_clinic(monkeypatch):
    monkeypatch.setitem(values.NADIR, "neutrophils", ("10*9/L", "0.30", "0.30"))

    rate = lived("mitoxantrone-ms-us")

    assert rate["raised severe-neutropenia urgent"] > 1
    assert rate["message nurse urgent"] > 1


def test_a_symptom_of_infection_is_heard_by_each_role(monkeypatch):
    sick = Keeping(forgotten=0, late=0, unusual=0, symptoms=1, unheard=0)
    monkeypatch.setitem(KEPT, "well", sick)

    rate = lived("doxorubicin-us")

    for role in ("nurse", "prescriber", "patient"):
        assert rate[f"told infection-symptom {role}"] > 0
