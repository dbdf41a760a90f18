"""The page of what was measured: the table is written anew, the prose is left as it is."""

from tests.benchmarks.__main__ import BEGIN, END, HEAD, PAGE, rewritten, row_of, verdict

PROSE = "# Speed\n\nBefore.\n\n{}\n\n## Where the time goes\n\nAfter.\n"
OLD = "| one; as it was | 1.00 | 1.5 | met | 1 ms | 1 ms | 2026-01-01 |"
OTHER = "| other | 2.00 | 3 | met | 2 ms | 1 ms | 2026-01-01 |"


def page(*rows: str, on: str = "Measured on something.") -> str:
    return PROSE.format("\n".join([BEGIN, on, "", HEAD, *rows, END]))


def test_a_row_takes_the_place_of_the_one_of_its_name_and_a_new_one_comes_last():
    rows = [["one; now", "1.20", "1.5", "met", "", "", "2026-02-02"], ["new", *[""] * 6]]

    found = rewritten(page(OLD, OTHER), rows, "Measured on another.")

    now = "| one; now | 1.20 | 1.5 | met |  |  | 2026-02-02 |"
    new = "| new |  |  |  |  |  |  |"
    assert found == page(now, OTHER, new, on="Measured on another.")


def test_a_row_says_what_report_noted():
    noted = {"name": "it", "ours": 0.003, "beside": 1.5, "ratio": 0.002, "aim": "1.5", "note": "so"}

    row = row_of({"name": "test_it", "extra_info": noted})

    assert row == ["it; so", "0.00", "1.5", "met", "3 ms", "1.5 s"]
    assert row_of({"name": "test_it", "extra_info": {}}) == ["test_it", "", "", "", "", ""]


def test_an_aim_is_met_or_missed_by_a_factor():
    assert verdict(1.5, "1.5") == "met"
    assert verdict(3.0, "1.5") == "missed by a factor of 2"
    assert verdict(2.0, "at least 3") == "missed by a factor of 1.5"
    assert verdict(4.0, "at least 3") == "met"
    assert verdict(4.0, "") == ""


def test_the_page_has_a_place_for_the_table():
    text = PAGE.read_text(encoding="utf-8")

    assert text.count(BEGIN) == text.count(END) == 1
    assert HEAD in text
