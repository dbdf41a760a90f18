"""Lists that fit a screen: warnings of one kind, the gate folded, checks by patient."""

ON = "--on 2023-04-10 --as-of 2023-04-10"
AS_OF = "--as-of 2023-04-10"


def test_warnings_of_a_severity_are_those_and_what_is_graver(clinic, monitor, ask):
    monitor("symptom log P-1 fever 39 Cel --at 2023-01-25T20:00:00+00:00")

    def found(typed: str) -> list[str]:
        return [
            one["severity"] for one in ask(f"warnings --as-of 2023-01-26 {typed}")[1]["warnings"]
        ]

    assert set(found("")) == {"emergency", "caution"}
    assert found("--severity urgent") == ["emergency"]
    assert set(found("--severity info")) == {"emergency", "caution", "info"}
    code, _, err = monitor("warnings --severity high")
    assert code == 2
    assert "--severity: 'high' is not one of info, caution, urgent, emergency" in err


def test_warnings_of_a_rule_are_found_whatever_their_severity(clinic, monitor, ask):
    (low,) = ask(f"warnings {AS_OF} --rule low-lvef")[1]["warnings"]
    assert low["patient"] == "P-2"
    watched = ask(f"warnings {AS_OF} --rule leukaemia-watch")[1]["warnings"]
    assert [one["patient"] for one in watched] == ["P-1", "P-2"]


def test_none_of_a_kind_is_not_said_as_if_there_were_none(clinic, monitor):
    said = monitor(f"warnings P-1 {AS_OF} --rule low-lvef --severity urgent")[1]
    assert said == (
        "no warnings of low-lvef that are urgent or graver (as of 2023-04-10) "
        "for P-1 (born 1993-04-02)\n"
    )
    code, _, err = monitor("warnings --rule low-lvf")
    assert code == 2
    assert "no protocol has a warning 'low-lvf'; there is low-lvef" in err


def test_the_gate_says_in_one_line_what_is_met(clinic, monitor):
    said = monitor(f"gate P-1 {ON}")[1]
    lines = said.splitlines()

    first = next(n for n, line in enumerate(lines) if line.startswith("  requirement"))
    assert lines[first + 1].startswith("  neutrophils")
    met = next(line for line in lines if line.startswith("  met: "))
    assert "cardiac-risk" in met
    assert "hypersensitivity" in met
    assert not any(line.startswith("  hypersensitivity") for line in lines)
    full = monitor(f"gate P-1 {ON} --full")[1]
    assert "  met: " not in full
    assert any(line.startswith("  hypersensitivity") for line in full.splitlines())


def test_what_is_met_by_a_result_is_named_with_it_and_its_day(clinic, monitor):
    on = "2023-04-10"
    monitor(f"result log P-1 ecg normal --on {on}")

    assert "ecg normal on 2023-04-10" in monitor(f"gate P-1 --on {on} --as-of {on}")[1]


def test_piped_checks_stay_one_line_each(clinic, monitor):
    said = monitor(f"upcoming {AS_OF}")[1]

    assert said.startswith("due         patient")
    assert monitor(f"upcoming {AS_OF} --flat")[1] == said
