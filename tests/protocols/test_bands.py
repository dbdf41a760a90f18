"""Bands of a limit: each value is in one of them, at the gate and in a warning."""

import re
from datetime import timedelta

import pytest

from monitor import protocols
from monitor.domain.assessment import Treatment, evaluate
from monitor.domain.facts import CourseStarted
from monitor.domain.outcome import Outcome, Severity
from monitor.domain.rules.found_in_facts import LowResult
from monitor.domain.rules.limits import Limit
from monitor.domain.rules.question import Proposal
from monitor.errors import ProtocolError
from monitor.protocols.reader import read_protocol
from tests.exampline import head
from tests.facts import FIRST, result, timeline, view, woman

BANDS = (
    "[{above_uln: 3, outcome: stop, do: consider stopping}, {above_uln: 2, outcome: hold}, "
    "{above: 50 U/L, outcome: caution}]"
)


def written(bands: str, code: str = "alt") -> str:
    """Write a protocol that holds a code against bands, at the gate and in a warning."""
    return f"""{head()}requirements:
  liver: {{kind: result, title: liver, panels: [[{code}]], fresh: 7 days,
    limits: {{{code}: {{bands: {bands}}}}},
    cites: [{{source: LABEL, where: here, kind: stated, supports: [fresh, limits]}}]}}
warnings:
  high-liver: {{kind: low_result, title: high, severity: urgent, message: High.,
    code: {code}, limit: {{bands: {bands}}},
    cites: [{{source: LABEL, where: here, kind: stated, supports: [limit]}}]}}
"""


def limit(bands: str = BANDS) -> Limit:
    """Read the limit of the requirement."""
    protocol = read_protocol("ours.yaml", written(bands), protocols.catalogue())
    return protocol.requirements[0].limits["alt"]


@pytest.mark.parametrize(
    ("value", "uln", "outcome"),
    [
        ("49", "40", Outcome.MET),
        ("50", "40", Outcome.MET),
        ("50.1", "40", Outcome.CAUTION),
        ("80", "40", Outcome.CAUTION),
        ("80.1", "40", Outcome.HOLD),
        ("120", "40", Outcome.HOLD),
        ("120.1", "40", Outcome.STOP),
        ("49", None, Outcome.UNKNOWN),
        ("500", None, Outcome.UNKNOWN),
    ],
)
def test_every_value_is_in_one_band_and_none_without_the_limit_it_needs(value, uln, outcome):
    assert limit().judge(result("alt", value, on=FIRST, uln=uln)) is outcome


@pytest.mark.parametrize(
    ("value", "outcome"), [("0.9", Outcome.HOLD), ("1.0", Outcome.CAUTION), ("2", Outcome.MET)]
)
def test_bands_go_down_too(value, outcome):
    low = "[{below_lln: 0.5, outcome: hold}, {below_lln: 1, outcome: caution}]"

    assert limit(low).judge(result("alt", value, on=FIRST, lln="2")) is outcome


def test_the_gate_and_the_warning_say_the_band_and_what_to_do():
    protocol = read_protocol("ours.yaml", written(BANDS), protocols.catalogue())
    begun = CourseStarted(
        event=0, on=FIRST, recorded_on=FIRST, protocol="exampline", version="1.0.0", digest="",
        drug="exampline",
    )  # fmt: skip
    folded = timeline(woman(), begun, result("alt", "121", on=FIRST, uln="40"))
    treatment = Treatment(
        timeline=folded, protocols={c.start.identity: protocol for c in folded.courses}
    )

    asked = treatment.ask(on=FIRST, today=FIRST, proposal=Proposal())
    (liver,) = [r for r in asked.requirements if r.rule == "liver"]
    (warning,) = evaluate(treatment, FIRST + timedelta(1)).warnings

    words = "above 120 U/L: consider stopping"
    assert (liver.verdict, words in liver.message) == ("stop", True)
    assert words in warning.message


def test_the_limit_that_a_good_value_was_held_against_is_not_invented():
    assert limit().words_for(result("alt", "9", on=FIRST, uln="40"), "U/L") == ""


@pytest.mark.parametrize(
    ("own", "side"), [({"own_uln": True}, "upper"), ({"own_lln": True}, "lower")]
)
def test_a_value_without_the_limit_that_it_is_held_against_says_so(own, side):
    bare = Limit(**own)

    words = bare.words_for(result("alt", "80", on=FIRST), "U/L")

    assert words == f"no {side} limit of normal was given"


@pytest.mark.parametrize(
    ("limit", "end"),
    [(Limit(own_uln=True), ", no upper limit of normal was given."), (limit(), ".")],
)
def test_a_warning_of_a_value_that_nothing_judges_ends_as_a_sentence(limit, end):
    rule = LowResult(
        name="high", title="high", cites=(), severity=Severity.URGENT, message="Look",
        code="alt", limit=limit,
    )  # fmt: skip
    seen = view(result("alt", "80", on=FIRST), on=FIRST)

    (alert,) = rule.find(seen)
    at_gate = rule.requirement(seen, ())

    words = "Record the laboratory's own limit; without it nobody can judge alt 80 U/L on"
    assert alert.message == f"{words} {FIRST}{end}"
    assert (alert.severity, alert.patient_message) == (Severity.CAUTION, "")
    assert at_gate is not None
    assert at_gate[1].outcome is Outcome.CAUTION


def test_a_value_that_nothing_judges_makes_one_beyond_its_limit_no_calmer():
    rule = LowResult(
        name="high", title="high", cites=(), severity=Severity.URGENT, message="Look",
        code="alt", limit=Limit(own_uln=True),
    )  # fmt: skip
    high = result("alt", "80", on=FIRST, uln="40")

    (alert,) = rule.find(
        view(high, result("alt", "80", on=FIRST + timedelta(1)), on=FIRST + timedelta(1))
    )

    assert (alert.severity, alert.message[:4], len(alert.facts)) == (None, "Look", 2)


def test_the_page_says_every_band():
    (liver, *_), (high, *_) = (
        getattr(read_protocol("a.yaml", written(BANDS), protocols.catalogue()), section)
        for section in ("requirements", "warnings")
    )

    said = liver.words(protocols.catalogue())["limits"]

    assert said == (
        "alt: above uln 3 times: stop, consider stopping, above uln 2 times: hold, "
        "above 50 U/L: caution"
    )
    assert high.words(protocols.catalogue())["limit"] in said


@pytest.mark.parametrize(
    ("bands", "words"),
    [
        ("[{outcome: hold}]", "nothing is compared"),
        (
            "[{above: 5 U/L, outcome: hold}, {above: 6 U/L, below: 9 U/L, outcome: stop}]",
            "take them",
        ),
        (
            "[{above: 5 U/L, outcome: hold}, {above: 5 U/L, outcome: caution}]",
            "no value reaches",
        ),
        (
            "[{below: 5 U/L, outcome: hold}, {below: 4 U/L, outcome: caution}]",
            "no value reaches",
        ),
        ("[{above: 5 g/L, outcome: hold}]", "alt is compared in U/L"),
        ("[{above: 5 U/L, outcome: hold}], at_most: 9 U/L", "leave the rest out"),
    ],
)
def test_a_row_of_which_nothing_is_left_is_refused(bands, words):
    with pytest.raises(ProtocolError, match=re.escape(words)):
        read_protocol("ours.yaml", written(bands), protocols.catalogue())


def test_words_have_no_bands():
    with pytest.raises(ProtocolError, match="is a word, not a number"):
        read_protocol(
            "ours.yaml", written("[{above: 5, outcome: hold}]", "hcg"), protocols.catalogue()
        )
