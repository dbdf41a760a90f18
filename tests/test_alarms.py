"""The count of alarms: a clinic that does all in time hears nothing urgent."""

from tests.alarms import live


def test_a_well_kept_clinic_of_well_patients_raises_no_urgent_warning_from_a_critical_result():
    found = live("well", range(3), 1, None)
    assert found["years"] > 0
    assert found["counts"]["messages nurse routine"] > 0  # it was told of its checks
    assert not [what for what in found["counts"] if what.startswith("warning critical-result")]
