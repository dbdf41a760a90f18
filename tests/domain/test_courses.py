"""Which protocol speaks: of the running course, or of the course of the last infusion."""

from dataclasses import replace

from monitor import protocols
from tests import example
from tests.facts import after, checks, ended, infusion, ready, started


def test_a_new_course_takes_no_follow_up_away_before_it_has_given_an_infusion():
    before = [*ready("us"), infusion(), ended(on=after(150)), started("eu", on=after(200))]

    def follow_up(*given):
        found = checks(*before, *given, on=after(210), until=after(210 + 365 * 8))
        return [c for c in found if c.rule == "lvef-follow-up"]

    american, european = (protocols.load(f"mitoxantrone-ms-{p}").digest for p in ("us", "eu"))
    assert {c.protocol for c in follow_up()} == {american}
    assert len(follow_up()) == 8  # without end
    assert {c.protocol for c in follow_up(infusion(on=after(205)))} == {european}
    assert len(follow_up(infusion(on=after(205)))) == 5


def test_a_protocol_says_whether_it_was_reviewed_and_which_ceiling_holds_for_life():
    known = example.protocol()

    assert replace(known, status="reviewed").reviewed
    assert not replace(known, status="draft").reviewed
    assert known.lifetime is not None
    assert known.lifetime.name == "lifetime-dose"
    assert protocols.load("alemtuzumab-ms-us").lifetime is None
