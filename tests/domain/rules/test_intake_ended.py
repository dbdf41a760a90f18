"""A daily drug rests from the end of its course on, though nobody recorded that it was stopped."""

from monitor.domain.intake import taken_since
from tests.facts import after, ended, started, step, view, woman


def test_a_drug_whose_course_has_ended_is_not_taken_any_more():
    begun = [woman(), started("clozapine-us"), step("start", on=after(0), mg="12.5")]
    over = [*begun, ended(on=after(10))]

    assert taken_since(view(*begun, on=after(30)), after(20), after(30))
    assert not taken_since(view(*over, on=after(30)), after(20), after(30))
