"""Spreadsheets out and in: columns as they are fixed, formulas kept apart, all rows or none."""

import csv
import io

import pytest

HEADER = "patient,code,value,comparator,unit,on,uln,lln,method,status,by,event"
GIVEN = "patient,on,dose_mg,height_cm,weight_kg,bsa_m2,bsa_formula,route,by,event"


@pytest.fixture
def load(monitor, tmp_path):
    """Import bytes as a file."""

    def loaded(text: str | bytes, more: str = "") -> tuple[int, str, str]:
        content = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "results.csv").write_bytes(content)
        return monitor(f"import {tmp_path}/results.csv {more}")

    return loaded


def rows(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out, newline="")))


def test_results_go_out_as_they_were_received(clinic, monitor, tmp_path):
    monitor("result log P-1 alt '>200' U/L --on 2023-04-08 --uln 40 --by '=HYPERLINK(1)' --confirm")
    monitor("correct 16 --value 3.3 --reason typo")
    monitor("retract 13 --reason x")

    code, out, err = monitor("export csv P-1 --what results")

    assert (code, err) == (0, "")
    assert out.endswith("\r\n")
    assert out.splitlines()[0] == HEADER
    assert not out.startswith("\ufeff")
    found = {row["event"]: row for row in rows(out)}
    (alt,) = (row for row in found.values() if row["code"] == "alt")
    assert [alt[name] for name in HEADER.split(",")][:-1] == [
        "P-1", "alt", "200", ">", "U/L", "2023-04-08", "40", "", "", "final", "'=HYPERLINK(1)",
    ]  # fmt: skip
    assert "13" not in found
    assert "16" not in found
    counts = [row["value"] for row in found.values() if row["code"] == "neutrophils"]
    assert counts == ["3.3", "2.1", "1499"]


@pytest.mark.parametrize("what", ["results", "infusions"])
def test_what_went_out_comes_in_again_as_nothing_new(what, clinic, monitor, count, tmp_path):
    before = count()
    assert monitor(f"export csv --all --what {what} --out {tmp_path}/all.csv")[0] == 0

    code, out, err = monitor(f"import {tmp_path}/all.csv --format csv --what {what}")

    assert (code, err) == (0, "")
    assert "stored 0, skipped" in out
    assert count() == before
    assert (tmp_path / "all.csv").stat().st_mode & 0o777 == 0o600


def test_checks_and_warnings_have_the_columns_that_are_fixed(clinic, monitor):
    checks = monitor("export csv P-1 --what checks --as-of 2023-01-12")[1]
    warnings = monitor("export csv --all --what warnings --as-of 2023-04-20")[1]

    assert checks.splitlines()[0] == "patient,rule,occurrence,title,opens,due,overdue_after,state"
    assert ",".join(rows(checks)[0].values()) == (
        "P-1,cbc-nadir,1,nadir blood count,2023-01-17,2023-01-20,2023-01-24,ahead"
    )
    assert warnings.splitlines()[0] == "patient,rule,severity,since,until,message"
    low = next(row for row in rows(warnings) if row["rule"] == "low-lvef")
    assert (low["patient"], low["severity"], low["since"]) == ("P-2", "urgent", "2023-04-05")


@pytest.mark.parametrize(
    "text",
    [
        "patient,code,value,unit,on\r\nP-1,platelets,222,10*9/L,2023-02-01\r\n",
        "\ufeffon;unit;value;code;patient;event\n2023-02-01;10*9/L;222;platelets;P-1;77\n;;;;;\n",
        'patient\tcode\tvalue\tunit\ton\n"P-1"\tplatelets\t222\t"10*9/L"\t2023-02-01\n',
        "patient,code,value,unit,on,by\nP-1,platelets,222,10*9/L,2023-02-01,'=x\n",
    ],
)
def test_a_sheet_is_read_however_it_was_saved(text, clinic, load, monitor):
    code, out, err = load(text)

    assert (code, err) == (0, "")
    assert "stored 1, skipped 0" in out
    (row,) = (r for r in rows(monitor("export csv P-1 --what results")[1]) if r["value"] == "222")
    assert (row["unit"], row["on"]) == ("10*9/L", "2023-02-01")
    assert row["by"] in ("", "'=x")
    assert "stored 0, skipped 1" in load(text)[1]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("P-1,alt,3.2,,2023-02-01", "unit: "),
        ('P-1,alt,"3,2",U/L,2023-02-01', "value: '3,2' has a comma; write 3.2 with a point"),
        ('P-1,neutrophils,"1,500",/uL,2023-02-01', "value: '1,500' has a comma"),
        ("P-1,alt,30,U/L,03/04/2026", "on: '03/04/2026' is not a date; write YYYY-MM-DD"),
        ("P-1,alt,30,U/L", "has 4 cells, and the header has 5"),
        ("P-1,alt,30,U/L,2023-02-01,,x", "has 7 cells, and the header has 5"),
        ("P-1,alp2,30,U/L,2023-02-01", "code: no result code 'alp2'"),
        ("P-9,alt,30,U/L,2023-02-01", "no patient 'P-9' in this file and the record"),
        ("P-1,lvef,55-60,%,2023-02-01", "value: "),
        (",alt,30,U/L,2023-02-01", "patient: missing"),
    ],
)
def test_every_fault_has_its_row_and_column_and_nothing_is_stored(row, fault, clinic, load, count):
    before = count()
    good = "P-1,platelets,222,10*9/L,2023-02-01"

    code, out, err = load(
        f"patient,code,value,unit,on\n{good}\n\n{row}\nP-1,ast,30,U/L,20-02-01\n", "--format csv"
    )

    assert (code, out) == (2, "")
    assert f"results.csv:4 {fault}" in err
    assert "results.csv:5 on: '20-02-01' is not a date" in err
    assert count() == before


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("patient,code,value,colour,on\n", "results.csv:1 colour: unknown column; results have"),
        ("patient,code,value,unit,on,on\n", "results.csv:1 on: stands there twice"),
        ("patient,code,unit,on\n", "results.csv:1 value: column missing"),
        ("a,b\n1,2\n", "results.csv:1 has no header that is known"),
        ('patient,code,value,unit,on\nP-1,"alt,30,U/L,2023-02-01\n', "results.csv:2 is not CSV"),
        ("\n \n", "results.csv: is empty; nothing was stored"),
        (b"PK\x03\x04\x00\x00", "results.csv: is no text that can be read; save the sheet as CSV"),
        ("patient,code\n".encode("utf-16"), "save the sheet as CSV UTF-8"),
        (b"patient,code,value,unit,on,by\nP-1,alt,30,U/L,2023-02-01,M\xfcller\n", "not UTF-8"),
    ],
)
def test_what_is_no_sheet_is_refused(text, fault, clinic, load, count):
    before = count()

    code, out, err = load(text)

    assert (code, out) == (2, "")
    assert fault in err
    assert count() == before


def test_a_clinic_in_one_sheet(load, monitor):
    sheet = (
        "patient;name;born;sex;can_conceive;protocol;on\n"
        "P-1;Ann Example;1993-04-02;female;yes;example;2023-01-03\n"
        "P-2;Bo Example;1990-01-01;male;;;\n"
    )

    code, out, _ = load(sheet)

    assert (code, out) == (0, "3 lines: stored 3, skipped 0 already on record\n")
    assert "stored 0, skipped 3" in load(sheet)[1]
    assert "Ann Example" in monitor("patient show P-1")[1]
    assert "course under example" in monitor("history P-1")[1]


def test_infusions_come_in_as_rows(clinic, load, monitor):
    code, _, err = load(f"{GIVEN}\nP-2,2023-05-01,20,180,80,,,iv,Ann,\n")

    assert (code, err) == (0, "")
    assert "20" in monitor("exposure P-2")[1]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("export csv --what results", "a PATIENT, or --all"),
        ("export csv P-1 --all", "a PATIENT, or --all"),
        ("export csv P-1 --what colours", "'colours' is not one of results, infusions, checks"),
        ("export csv P-1 --until 2023-01-01", "--until: is about --what checks"),
        ("import x.jsonl --what results", "--what: is about CSV"),
        ("import x.csv --as-recorded", "--as-recorded: reads what `monitor export jsonl` wrote"),
        ("import x.csv --accept-good y", "--accept-good: CSV takes all of a file or nothing"),
        ("import x --format xml", "'xml' is not one of jsonl, csv"),
    ],
)
def test_what_does_not_go_together_is_said(typed, words, clinic, monitor):
    code, out, err = monitor(typed)

    assert (code, out) == (2, "")
    assert words in err


def test_who_cannot_be_read_is_named(clinic, spoil, monitor):
    spoil("P-2")

    code, out, err = monitor("export csv --all --what results")

    assert code == 1
    assert "the record of P-2 is damaged" in err
    assert {row["patient"] for row in rows(out)} == {"P-1"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"patient;on;code;value\nP-1;2023-02-01;alt;30\n", "add --format csv"),
        (b"on\tpatient\r\n2023-02-01\tP-1\r\n", "add --format csv"),
        (b"SQLite format 3\0", "import what monitor export jsonl --db writes"),
    ],
)
def test_another_form_is_named_by_what_to_do(monitor, tmp_path, content, words):
    (tmp_path / "nightly.txt").write_bytes(content)

    code, _, err = monitor(f"import {tmp_path / 'nightly.txt'}")

    assert (code, words in err, err.count("\n")) == (2, True, 1)
