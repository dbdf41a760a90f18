"""Every bad protocol of `tests/mistakes` has one mistake; its message names it and the right form.

The first line of each file says what must be told: `# expect: LINE: words; more words`.
"""

import json
import random
import re
from pathlib import Path

import pytest

from monitor import protocols
from monitor.errors import ProtocolError
from monitor.protocols.reader import read_protocol
from tests.shares import so_many

MISTAKES = Path(__file__).parents[1] / "mistakes"
MANY = MISTAKES / "ten-at-once.yaml"
FILES = sorted(path for path in MISTAKES.glob("*.yaml") if path != MANY)
EXPECTED = re.compile(r"# expect: ([0-9]+): (.+)")


def expected_of(path: Path) -> tuple[int, list[str]]:
    """Read the first line, which is ASCII or UTF-8 even where the rest is not."""
    found = EXPECTED.fullmatch(path.read_bytes().partition(b"\n")[0].decode())
    assert found, f"{path.name} does not begin with '# expect: LINE: words'"
    return int(found[1]), found[2].split("; ") if "not readable" in found[2] else [found[2]]


def ask_json(monitor, paths: list[Path]) -> tuple[int, dict]:
    code, out, err = monitor(f"protocol check {' '.join(map(str, paths))} --json")
    assert err == ""
    return code, json.loads(out)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_mistake_is_one_fault_with_its_line_its_word_and_the_right_form(path, monitor):
    line, words = expected_of(path)

    code, out, err = monitor(f"protocol check {path}")

    assert (code, err) == (1, "")
    assert out.count("\n") == 1, out
    assert out.startswith(f"{path.name}:{line}: "), out
    for each in words:
        assert each in out


def test_there_are_enough_mistakes():
    assert len(FILES) >= 45


def test_ten_mistakes_are_found_at_once(monitor):
    code, answer = ask_json(monitor, [MANY])

    assert code == 1
    assert [(fault.split(":")[1], fault.rsplit(": ", 1)[1]) for fault in answer["faults"]] == [
        ("3", "write for instance 1.0.0"),
        ("7", "did you mean 'jurisdiction'?"),
        ("10", "keep one"),
        ("20", "write '100 mg/m2'"),
        ("27", "neutrophils is compared in 10*9/L, write '1.5 10*9/L'"),
        ("29", "write more than 7 days, or leave it out"),
        ("36", "known are patient, nurse, prescriber, pharmacist, operator"),
        ("38", "did you mean 'platelets'?"),
        ("48", "known are info, caution, urgent, emergency"),
        ("51", "write for instance '14 days' or '3 months'"),
    ]


def test_all_mistakes_of_all_files_are_told_together(monitor):
    code, answer = ask_json(monitor, FILES)

    assert code == 1
    assert len(answer["faults"]) == len(FILES)


def test_what_no_patient_reaches_is_still_read_where_a_course_is_pinned_to_it():
    kept = {path.stem for path in FILES if is_read_as_kept(path)}

    assert kept >= {"rows-all-met", "figure-below-what-is-accepted", "critical-row-of-nothing"}
    assert kept >= {"where-nobody-knows", "age-of-nobody", "usual-dose-of-a-daily-drug"}


def is_read_as_kept(path: Path) -> bool:
    try:
        read_protocol(
            path.name, path.read_text(errors="replace"), protocols.catalogue(), is_kept=True
        )
    except ProtocolError:
        return False
    return True


def test_a_file_that_is_too_large_is_refused_unread(monitor, tmp_path):
    (tmp_path / "ours.yaml").write_text("# " + "x" * 300_000)

    code, out, err = monitor(f"protocol check {tmp_path}/ours.yaml")

    assert (code, err) == (1, "")
    assert out == ("ours.yaml:1: larger than 250000 bytes: a protocol is a document to be read\n")


@pytest.mark.parametrize("name", protocols.names())
def test_whatever_is_damaged_is_told_in_single_lines_and_never_breaks_the_reader(name):
    rng = random.Random(f"damaged {name}")
    damages = ["", "[]", "{}", "-1", "0 days", "99999 years", "[[]]", "{a: b}", "hcg"]
    found = []
    many = so_many(40)
    for _ in range(many):
        lines = protocols.text(name).split("\n")
        at = rng.randrange(len(lines))
        before, colon, _ = lines[at].partition(":")
        damage = rng.choice(damages)
        lines[at] = f"{before}: {damage}" if colon else damage
        found.append(faults_of("\n".join(lines)))

    assert sum(faults != [] for faults in found) > many * 5 // 8
    for fault in (fault for faults in found for fault in faults):
        assert re.fullmatch(r"damaged\.yaml:[0-9]+: .+", fault), fault


def faults_of(text: str) -> list[str]:
    try:
        read_protocol("damaged.yaml", text, protocols.catalogue())
    except ProtocolError as found:
        return found.faults
    return []
