"""A slip of several results in one line: all of it is stored, or nothing."""

import json
import re

import pytest

from monitor.service.input import slip
from monitor.service.input.slip import Typed
from tests import postgresql

SLIP = "result log P-1 neut=3.2:10*9/L plt=210:10^9/L/450 alt=28:U/L/40 ecg=normal --on 2023-04-08"
SITE = {"neut": "10^9/L", "ALT": "U/L"}
WHO = "P-1 (born 1993-04-02)"


@pytest.fixture
def units(fresh_home, monkeypatch):
    """Write the units of the site into its file of settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(fresh_home / "config"))

    def write(text: str) -> None:
        file = fresh_home / "config/infusion-monitor/config.toml"
        file.parent.mkdir(parents=True)
        file.write_text(f"[units]\n{text}\n", encoding="utf-8")

    return write


@pytest.mark.parametrize(
    ("word", "typed"),
    [
        ("neut=3.2", Typed(code="neutrophils", value="3.2", unit="10*9/L", by_site=True)),
        ("NEUT = 3.2", Typed(code="neutrophils", value="3.2", unit="10*9/L", by_site=True)),
        ("alt=28/40", Typed(code="alt", value="28", unit="U/L", uln="40", by_site=True)),
        ("alt=28:U/L", Typed(code="alt", value="28", unit="U/L")),
        ("alt=28:U/L/40.5", Typed(code="alt", value="28", unit="U/L", uln="40.5")),
        ("neut=3200:/uL", Typed(code="neutrophils", value="3200", unit="/uL")),
        ("neut=3200:/uL/7500", Typed(code="neutrophils", value="3200", unit="/uL", uln="7500")),
        ("plt=210:G/L", Typed(code="platelets", value="210", unit="G/L")),
        ("ecg=normal", Typed(code="ecg", value="normal")),
        ("neut=<=0.1:10*9/L", Typed(code="neutrophils", value="<=0.1", unit="10*9/L")),
        ("plt=", Typed(code="platelets")),
    ],
)
def test_what_follows_the_last_stroke_is_the_limit_where_it_is_a_number(word, typed):
    assert slip.read_word(word, SITE) == typed


def test_a_slip_is_stored_together_and_said_back_once(clinic, monitor, count):
    assert monitor(SLIP) == (
        0,
        "recorded neutrophils 3.2 10*9/L, platelets 210 10*9/L (uln 450), alt 28 U/L (uln 40), "
        f"ecg normal on 2023-04-08 for {WHO}, as events 32, 33, 34, 35\n",
        "",
    )
    assert count() == 35


def test_the_limit_of_a_single_one_is_said_back_too(clinic, monitor):
    assert monitor("result log P-1 alt=28:U/L/40 --on 2023-04-08")[1] == (
        f"recorded alt 28 U/L (uln 40) on 2023-04-08 for {WHO}, as event 32\n"
    )


def test_a_slip_with_json_names_all_its_events_and_one_list_of_warnings(clinic, ask):
    code, answer = ask("result log P-1 neut=0.3:10*9/L leuk=0.9:10*9/L --on 2023-04-10")

    assert (code, answer["event"], answer["events"]) == (0, 32, [32, 33])
    assert [w["rule"] for w in answer["warnings"]].count("severe-neutropenia") == 1
    code, alone = ask("result log P-1 hb=131:g/L --on 2023-04-10")
    assert (alone["event"], alone["events"]) == (34, [34])


def test_a_fever_in_a_slip_is_answered_although_a_low_count_is_too(clinic, ask):
    _, answer = ask("result log P-1 neut=0.3:10*9/L temp=38.5:Cel --on 2023-05-01")

    said = {w["rule"]: w["severity"] for w in answer["warnings"]}
    assert said["febrile-neutropenia"] == "emergency"
    assert "severe-neutropenia" in said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "neut=3.2:10*9/L plt=1,5.0:10*9/L alt=28",
            "plt: value: '1,5.0' is not a number or a word; write for instance 3.2\n"
            'alt: unit: missing; write "alt=28:U/L", or',
        ),
        ("neut=3.2 alt=28/40", 'neut: unit: missing; write "neutrophils=3.2:10*9/L", or name'),
        ("neut=3.2:10*9/L lvef=>55%", 'lvef: unit: missing; write "lvef=>55:%", or name'),
        ("'neut=3.2 10*9/L'", 'neut: unit: missing; write "neutrophils=3.2:10*9/L", or name'),
        ("alt=28/40:U/L", 'alt: value: the limit goes last; write "alt=28:U/L/40"'),
        ("alt=28/40", 'alt: unit: missing; write "alt=28:U/L/40", or name'),
        ("neut=3.2:10*9/L neut=3.3:10*9/L", "neutrophils stands twice; keep one"),
        ("neut=3.2:10*9/L plt 210", "'plt' is no result of a slip; write for instance neut=3.2"),
        ("neut=3.2:10*9/L =4", "'=4' is no result of a slip"),
        ("neut=3.2:10*9/L plt=", "platelets: value: missing; only an unsuitable sample may have"),
        ("neut=3.2:10*9/L lvef=55-60:%", "lvef: value: '55-60' is a range; write the lower end"),
        ("neut=3.2:10*9/L alt=28/abc", "alt: unit: missing"),
        ("neut=3.2:10*9/L xyz=1", "no result code 'xyz'; known are lvef, "),
        ("neut=9:10*9/L leuk=4:10*9/L", "neutrophils 9 10*9/L above leucocytes 4 10*9/L"),
        ("neut=3.2:10*9/L --uln 7", "--uln: in a slip alt=28/40 says the upper limit 40"),
        ("lvef=60:% ecg=normal --method MUGA", "--method: of one result; log a result with more"),
        ("neut 3.2 10*9/L plt=210", "'plt=210' is one word too many; write several as neut=3.2"),
        ("height=175:cm weight=140:kg", "monitor: weight 140 kg after 63 kg on 2023-01-10"),
    ],
)
def test_one_that_is_wrong_lets_none_in(typed, said, clinic, monitor, count):
    code, out, err = monitor(f"result log P-1 {typed} --on 2023-04-08")

    assert (code, out) == (2, "")
    assert said in err
    assert count() == 31


def test_every_fault_has_its_line_and_what_must_be_confirmed_is_confirmed_once(
    clinic, monitor, count
):
    typed = "result log P-1 neut=3.2:10*9/L alt=1500:U/L plt=5:10*9/L --on 2023-04-08"
    code, _, err = monitor(typed)

    assert code == 2
    assert [line.split(" is ")[0] for line in err.splitlines()] == [
        "monitor: alt 1500 U/L",
        "platelets 5 10*9/L",
    ]
    assert monitor(f"{typed} --confirm")[0] == 0
    assert count() == 34
    code, _, err = monitor("result log P-1 neut=3.2:10*9/L hb=131:g/L --on 2023-04-08")
    assert code == 2
    taken = r"neutrophils: already recorded as event 3\d; to record a second one add --second"
    assert re.fullmatch(f"monitor: {taken}\n", err)  # a server leaves gaps in the numbers


def test_the_status_is_of_the_whole_slip(clinic, monitor):
    code, out, _ = monitor("result log P-1 plt=clotted neut= --on 2023-04-08 --status unsuitable")

    assert code == 0
    assert "recorded platelets clotted (unsuitable), neutrophils (unsuitable) on" in out


@postgresql.sqlite_only
def test_units_that_are_left_out_are_those_of_the_site_and_said_back(clinic, monitor, units):
    units('ANC = "10^9/L"\nhb = "g/dL"')
    code, out, err = monitor("result log P-1 neut=3.2 hb=13.1 plt=210:10*3/uL --on 2023-04-08")

    assert (code, err.count("\n")) == (0, 1)
    assert "recorded neutrophils 3.2 10*9/L, haemoglobin 13.1 g/dL, platelets 210 10*3/uL" in out
    assert "config.toml: neutrophils in 10*9/L, haemoglobin in g/dL\n" in err
    code, out, err = monitor("result log P-1 hb 12.9 --on 2023-04-09")
    assert (code, "haemoglobin 12.9 g/dL on" in out) == (0, True)
    assert "haemoglobin in g/dL" in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('hb = "kg"', "[units] hb: haemoglobin takes g/L or g/dL, not 'kg'"),
        ('hb = "g/L"\nhgb = "g/dL"', "[units] hb: haemoglobin stands there twice; keep one"),
        ('hbb = "g/L"', 'hb: unit: missing; write "haemoglobin=13.1:g/L"'),
    ],
)
@postgresql.sqlite_only
def test_a_unit_that_the_site_cannot_mean_is_taken_for_none(
    text, said, clinic, monitor, units, count
):
    units(text)
    code, _, err = monitor("result log P-1 hb=13.1 --on 2023-04-08")

    assert code == 2
    assert said in err
    assert count() == 31
    assert monitor("result log P-1 ecg normal --on 2023-04-08")[0] == 0
    assert "[units] hb" in monitor("config show")[2]


def test_a_slip_of_nobody_creates_no_database(monitor, new):
    assert monitor(SLIP)[0] == 2
    assert json.loads(monitor("patient list --json")[1])["patients"] == []
