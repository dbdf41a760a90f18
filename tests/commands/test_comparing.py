"""`protocol diff`: which rules only one has, and where the common ones say different things."""

import pytest

from monitor import protocols

NAMES = ["mitoxantrone-ms-eu", "mitoxantrone-ms-fr", "mitoxantrone-ms-us"]
EU = "mitoxantrone-ms-eu"
VERSION = protocols.load(EU).version


@pytest.fixture
def _exampline() -> None:
    """Only what ships is listed here."""


@pytest.fixture
def ours(tmp_path):
    """Write a copy of a protocol with some words replaced; gives the file."""

    def write(*replaced: tuple[str, str], name: str = "ours") -> str:
        text = protocols.text(EU)
        for old, new in replaced:
            assert text.count(old) >= 1
            text = text.replace(old, new, 1)
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize("name", NAMES)
def test_a_protocol_does_not_differ_from_itself(name, monitor, ask):
    version = protocols.load(name).version
    code, out, err = monitor(f"protocol diff {name} {name}")

    assert (code, err) == (0, "")
    assert out == f"{name} {version} (first) and {name} {version} (second) say the same\n"
    answer = ask(f"protocol diff {name} {name}")[1]
    assert answer["same"] is True
    assert answer["differences"] == answer["only_first"] == answer["only_second"] == []


def test_a_comment_another_version_and_the_order_of_citations_are_no_difference(ours, ask):
    one = '      - {source: EU5, where: "4.1", kind: stated}\n'
    other = '      - {source: EU6, where: "4.1", kind: stated}\n'
    file = ours((f"version: {VERSION}", "version: 7.0.1  # anew"), (one + other, other + one))

    code, answer = ask(f"protocol diff {EU} {file}")

    assert (code, answer["same"]) == (0, True)
    assert answer["first"]["digest"] != answer["second"]["digest"]
    assert answer["second"]["version"] == "7.0.1"


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        (
            "ceiling: 72 mg/m2",
            "ceiling: 70 mg/m2",
            ("requirements", "lifetime-dose", "ceiling", "72 mg/m2", "70 mg/m2"),
        ),
        (
            "message: No further dose; cardiology.",
            "message: No further dose.",
            (
                "warnings",
                "low-lvef",
                "message",
                "No further dose; cardiology.",
                "No further dose.",
            ),
        ),
        (
            "due: 10 days",
            "due: 11 days",
            ("checks", "cbc-nadir", "due", "10 days", "11 days"),
        ),
        (
            "after a symptom; a stop outlives",
            "after a symptom, a stop outlives",
            (
                "requirements",
                "lvef",
                "cites",
                "[local] LOCAL: after a symptom; a stop outlives a better result "
                "(after_symptom, outlives)",
                None,
            ),
        ),
        (
            "    usable: 90 days\n    outlives",
            "    usable: 80 days\n    outlives",
            ("requirements", "lvef", "usable", "90 days", "80 days"),
        ),
        (
            "grades: [4], decision: reduce, mg_per_m2: 8.00 mg/m2",
            "grades: [4], decision: stop",
            (
                "dose_table",
                "",
                "after.rows",
                "[{grades: [3], decision: reduce, mg_per_m2: 10.00 mg/m2}, "
                "{grades: [4], decision: reduce, mg_per_m2: 8.00 mg/m2}]",
                "[{grades: [3], decision: reduce, mg_per_m2: 10.00 mg/m2}, "
                "{grades: [4], decision: stop}]",
            ),
        ),
        ("seen: mirror}", "seen: itself}", ("sources", "", "EU1", None, None)),
        ("jurisdiction: EU", "jurisdiction: GB", ("protocol", "", "jurisdiction", "EU", "GB")),
    ],
)
def test_one_change_is_one_difference(old, new, difference, ours, ask):
    code, answer = ask(f"protocol diff {EU} {ours((old, new))}")

    section, rule, key, first, second = difference
    found = answer["differences"][0]
    assert (code, answer["same"]) == (0, False)
    assert (found["section"], found["rule"], found["key"]) == (section, rule, key)
    if first is not None:
        assert found["first"] == first
    if second is not None:
        assert found["second"] == second
    assert len(answer["differences"]) == (2 if key == "cites" else 1)


def test_rules_that_only_one_has_stand_apart(ask):
    _, answer = ask(f"protocol diff {EU} mitoxantrone-ms-fr")

    assert answer["only_first"] == []
    assert [rule["rule"] for rule in answer["only_second"]] == [
        "treatment-agreement",
        "lymphocytes",
        "lifetime-mg",
        "infusion-count",
        "cbc-weekly",
        "lvef-end",
    ]


def test_the_other_way_round_is_the_mirror_image(ask):
    _, there = ask(f"protocol diff {EU} mitoxantrone-ms-us")
    _, back = ask(f"protocol diff mitoxantrone-ms-us {EU}")

    def seen(answer, one, other):
        return {
            (d["section"], d["rule"], d["key"], d[one], d[other]) for d in answer["differences"]
        }

    assert seen(there, "first", "second") == seen(back, "second", "first")


def test_the_table_names_both_and_puts_them_side_by_side(ours, monitor):
    file = ours(
        ("ceiling: 72 mg/m2", "ceiling: 70 mg/m2"), (f"version: {VERSION}", "version: 7.0.1")
    )

    assert monitor(f"protocol diff {EU} {file}") == (
        0,
        "different\n"
        f"  where                       what     mitoxantrone-ms-eu {VERSION}  "
        "mitoxantrone-ms-eu 7.0.1\n"
        "  requirements lifetime-dose  ceiling  72 mg/m2                  70 mg/m2\n",
        "",
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (f"{EU} ours.yaml", "there is no file ours.yaml"),
        (f"{EU} nothing", f"no protocol 'nothing'; there is {', '.join(protocols.names())}"),
        (f"mitoxantrone {EU}", f"'mitoxantrone' means {', '.join(NAMES)}; name one of them"),
    ],
)
def test_what_cannot_be_compared_is_refused(typed, said, monitor):
    assert monitor(f"protocol diff {typed}") == (2, "", f"monitor: {said}\n")


def test_a_file_with_mistakes_is_refused_with_the_command_that_names_them(ours, monitor):
    file = ours((f"version: {VERSION}", "version: one"))

    assert monitor(f"protocol diff {EU} {file}") == (
        2,
        "",
        f"monitor: {file}: 1 mistake; type: monitor protocol check {file}\n",
    )


def test_a_file_can_be_shown_as_a_page_too(ours, monitor):
    code, out, _ = monitor(f"protocol show {ours(('72 mg/m2', '70 mg/m2'))}")

    assert code == 0
    assert "    ceiling: 72 mg/m2  [stated]\n" in out
