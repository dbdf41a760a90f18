"""Commands about protocols: list, show, check."""

import pytest

from monitor import protocols

NAMES = ["mitoxantrone-ms-eu", "mitoxantrone-ms-fr", "mitoxantrone-ms-us"]
OLDEST = "Mitoxantrone in multiple sclerosis"
TITLES = {
    "alemtuzumab-ms-us": "Alemtuzumab in multiple sclerosis, United States",
    "cladribine-ms-us": "Cladribine tablets in multiple sclerosis, United States",
    "clozapine-us": "Clozapine, United States",
    "doxorubicin-us": "Doxorubicin, United States",
    "mitoxantrone-ms-eu": f"{OLDEST}, European Union",
    "mitoxantrone-ms-fr": f"{OLDEST}, France before the European harmonisation",
    "mitoxantrone-ms-us": f"{OLDEST}, United States",
}
EVERY = list(TITLES)


@pytest.fixture
def _exampline() -> None:
    """Only what ships is listed here."""


def test_the_protocols_are_listed(monitor):
    draft = "draft, not clinically reviewed"
    versions = {name: protocols.load(name).version for name in TITLES}

    assert monitor("protocol list") == (
        0,
        "protocol            version  status                          title\n"
        + "".join(f"{n:18}  {versions[n]:7}  {draft}  {title}\n" for n, title in TITLES.items())
        + f"every-patient       1.0.0    {draft}  What every patient is watched for\n",
        "",
    )


def test_the_list_with_json_names_version_and_digest(ask):
    code, answer = ask("protocol list")

    assert code == 0
    assert [protocol["name"] for protocol in answer["protocols"]] == [*EVERY, "every-patient"]
    for protocol in answer["protocols"][:-1]:
        assert set(protocol) == {"name", "version", "status", "reviewed", "drug", "brands"} | {
            "jurisdiction",
            "title",
            "digest",
            "site",
        }
        assert protocol["reviewed"] is False
        assert protocol["digest"] == protocols.load(protocol["name"]).digest


@pytest.mark.parametrize("name", EVERY)
def test_a_protocol_is_a_page_to_sign(name, monitor):
    code, out, err = monitor(f"protocol show {name}")

    assert (code, err) == (0, "")
    assert f"\n{name} {protocols.load(name).version}, DRAFT: not clinically reviewed\n" in out
    for heading in ("REQUIREMENTS", "CHECKS", "WARNINGS", "SOURCES"):
        assert f"\n{heading}\n" in out
    for rule in protocols.load(name).rules():
        assert f"\n  {rule.name}  {rule.title}\n" in out
    assert out.rstrip().endswith("signature ______________________")


def test_what_every_patient_is_watched_for_is_a_page_and_no_course_is_started_with_it(monitor):
    code, out, err = monitor("protocol show every-patient")

    assert (code, err) == (0, "")
    assert "\ndrug     any, and none\n" in out
    for rule in protocols.every_patient().rules():
        assert f"\n  {rule.name}  {rule.title}\n" in out
    assert monitor("patient add P-1")[0] == 0
    code, _, err = monitor("course start P-1 --protocol every-patient --on 2025-01-10")
    assert code == 2
    assert "watched in everybody on record" in err


def test_what_is_local_or_recalled_stands_apart(monitor):
    _, out, _ = monitor("protocol show mitoxantrone-ms-eu")

    _, _, apart = out.partition("\nLOCAL DECISIONS, AND CITATIONS FROM MEMORY\n")
    listed, _, _ = apart.partition("\n\nSOURCES\n")
    for rule in protocols.load("mitoxantrone-ms-eu").rules():
        for cite in rule.cites:
            line = f"  {rule.name}: [{cite.kind.value}] {cite.source}: {cite.where}"
            assert (line in listed) == (cite.kind.value in ("local", "recalled"))


def test_a_protocol_with_json_has_every_rule(ask):
    code, page = ask("protocol show mitoxantrone-ms-us")

    assert code == 0
    shown = {rule["rule"] for part in ("requirements", "checks", "warnings") for rule in page[part]}
    assert shown == {rule.name for rule in protocols.load("mitoxantrone-ms-us").rules()}


@pytest.mark.parametrize(
    "name", ["Novantrone", "Elsep", "Ralenova", "novantrone", "RALENOVA", "mitoxantrone"]
)
def test_brands_and_the_drug_find_protocols(name, monitor, ask):
    assert monitor(f"protocol show {name}")[0] == 0
    assert [page["name"] for page in ask(f"protocol show {name}")[1]["protocols"]] == NAMES


@pytest.mark.parametrize("name", ["mitoxantron", "''", "mitoxantrone-ms-uk"])
def test_an_unknown_protocol_is_refused_with_those_there_are(name, monitor):
    code, out, err = monitor(f"protocol show {name}")

    assert (code, out) == (2, "")
    assert err == f"monitor: no protocol '{name.strip(chr(39))}'; there is {', '.join(EVERY)}\n"


@pytest.mark.parametrize("name", EVERY)
def test_a_protocol_that_ships_has_no_mistake(name, monitor, ask):
    file = protocols.__path__[0] + f"/{name}.yaml"

    assert monitor(f"protocol check {file}") == (0, "no mistake found in 1 file\n", "")
    assert ask(f"protocol check {file} {file}") == (0, {"well": True, "faults": []})


def test_every_mistake_is_named_with_its_line_and_exits_1(monitor, ask, tmp_path):
    good = protocols.__path__[0] + "/mitoxantrone-ms-us.yaml"
    with open(good, encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    at = next(n for n, line in enumerate(lines, 1) if line.startswith("jurisdiction:"))
    lines[at - 1] = "jurisdicton: US"
    (tmp_path / "ours.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    code, out, err = monitor(f"protocol check {tmp_path}/ours.yaml")

    assert (code, err) == (1, "")
    assert out == (
        f"ours.yaml:{at}: jurisdicton: unknown key 'jurisdicton': did you mean 'jurisdiction'?\n"
    )
    assert ask(f"protocol check {good} {tmp_path}/ours.yaml") == (
        1,
        {"well": False, "faults": out.splitlines()},
    )


def test_what_is_no_text_is_a_fault_of_the_file(monitor, tmp_path):
    (tmp_path / "ours.yaml").write_bytes(b"\xff\xfe")

    assert monitor(f"protocol check {tmp_path}/ours.yaml") == (
        1,
        "ours.yaml:1: the byte 0xFF is not UTF-8: save the file as UTF-8\n",
        "",
    )


def test_a_file_that_does_not_exist_is_asked_wrongly(monitor, tmp_path):
    assert monitor("protocol check ours.yaml") == (2, "", "monitor: there is no file ours.yaml\n")
    assert monitor(f"protocol check {tmp_path}") == (
        2,
        "",
        f"monitor: {tmp_path} is a folder; name a file in it\n",
    )
