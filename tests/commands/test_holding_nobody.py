"""An import holds nobody up: it is read and judged before the database is asked for anything."""

import contextlib
import json
import os
import threading

import pytest

from monitor import bootstrap
from monitor.commands import importing, main
from monitor.store import engine as databases
from monitor.store import judging
from tests import postgresql


def lines(who: str, *days: int) -> list[dict[str, object]]:
    start = {"kind": "course", "patient": who, "protocol": "example", "on": "2023-01-01"}
    return [
        {"kind": "patient", "id": who, "sex": "female", "born": "1980-01-01"},
        {**start, "facts": {"ms_type": "secondary_progressive"}},
        *(result(who, day) for day in days),
    ]


def result(who: str, day: int) -> dict[str, object]:
    on = f"2023-02-{day:02d}"
    return {"kind": "result", "patient": who, "on": on, "code": "platelets", "value": "200",
            "unit": "10*9/L"}  # fmt: skip


@pytest.fixture
def write(tmp_path):
    def write(name: str, *content: dict[str, object]):
        path = tmp_path / name
        path.write_text("".join(json.dumps(line) + "\n" for line in content))
        return path

    return write


def test_what_was_judged_aside_is_numbered_on_and_verified(monitor, write):
    monitor(f"import {write('1', *lines('P-1', 1, 2))}")
    monitor(f"import {write('2', *lines('P-2', 1))}")
    # both are added to, and what was judged of P-2 is moved behind what was recorded of P-1
    code, _, err = monitor(f"import {write('3', result('P-1', 5), result('P-2', 6))}")
    assert (code, err) == (0, "")

    code, out, _ = monitor("db verify --json")
    answer = json.loads(out)
    assert (code, answer["faults"], answer["patients"]) == (0, [], 2)


def test_who_is_recorded_about_meanwhile_is_judged_anew(monitor, write, monkeypatch):
    monitor(f"import {write('1', *lines('P-1', 1))}")
    taken, take_over = [], judging.take_over
    by_hand = "result log P-1 platelets 190 10*9/L --on 2023-02-07"

    def overtaken(connection, copy, borrowed):
        if not taken:  # another program, at this very moment
            taken.append(None)
            raise judging.Overtaken("meanwhile")
        return take_over(connection, copy, borrowed)

    monkeypatch.setattr(importing, "take_over", overtaken)
    assert monitor(by_hand)[0] == 0
    assert monitor(f"import {write('2', result('P-1', 5))}")[0] == 0
    assert monitor("db verify")[0] == 0


def test_what_was_borrowed_and_changed_is_refused(database, write, monitor):
    monitor(f"import {write('1', *lines('P-1', 1))}")
    engine = databases.open_engine(databases.parse_url(database))

    with bootstrap.nothing() as copy:
        with databases.reading(engine) as connection:
            borrowed = judging.borrow(connection, copy, {"P-1"})
        content = [json.dumps(result("P-1", 5))]
        importing.import_lines(copy, "2", content, now=importing.now())
        monitor("result log P-1 platelets 190 10*9/L --on 2023-02-07")

        with (
            pytest.raises(judging.Overtaken, match="nothing stored; import again"),
            databases.writing(engine) as connection,
        ):
            judging.take_over(connection, copy, borrowed)
    engine.dispose()


def person(who: str, name: str = "Ada Example") -> dict[str, object]:
    return {"kind": "patient", "id": who, "born": "1980-01-01", "name": name}


def test_two_new_patients_of_one_file_with_one_name_and_birth_day_are_asked_about(monitor, write):
    code, out, err = monitor(f"import {write('1', person('A-1'), person('B-2', 'ADA  example'))}")

    assert (code, out) == (2, "")
    assert "1:2: 'A-1' has the same name and birth day: the same patient?" in err
    assert monitor("patient list")[1] == "no patient in the record\n"


def test_a_new_patient_who_is_on_record_under_another_name_of_file_is_asked_about(monitor, write):
    monitor(f"import {write('1', person('A-1'))}")

    code, _, err = monitor(f"import {write('2', person('B-2'), *lines('C-3', 1))}")

    assert code == 2
    assert "2:1: 'A-1' has the same name and birth day: the same patient?" in err
    confirmed = {**person("B-2"), "confirm": True}
    assert monitor(f"import {write('3', confirmed, *lines('C-3', 1))}")[0] == 0


def test_who_is_registered_while_a_file_is_judged_is_asked_about_too(
    database, monitor, write, monkeypatch
):
    monitor(f"import {write('1', *lines('P-1', 1))}")
    judge, judged = importing.import_lines, []

    def meanwhile(*arguments, **named):
        done = judge(*arguments, **named)
        if not judged:
            assert main(["patient", "add", "A-1", "--name", "Ada Example", "--born", "1980-01-01",
                         "--db", database]) == 0  # fmt: skip
        judged.append(None)
        return done

    monkeypatch.setattr(importing, "import_lines", meanwhile)
    code, _, err = monitor(f"import {write('2', person('B-2'))}")

    assert (code, len(judged)) == (2, 1)
    assert "2:1: 'A-1' has the same name and birth day: the same patient?" in err


class _Piped:
    """Standard input that is read from a pipe."""

    def __init__(self, pipe):
        self._pipe = pipe
        self._opened = contextlib.ExitStack()

    @property
    def buffer(self):
        return self._opened.enter_context(self._pipe.open("rb"))

    def close(self):
        self._opened.close()


@postgresql.sqlite_only
@pytest.mark.parametrize("named", ["pipe", "-"])
def test_a_pipe_from_which_nothing_comes_holds_nobody(
    named, monitor, write, tmp_path, database, monkeypatch
):
    monitor(f"import {write('1', *lines('P-1', 1))}")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    piped = _Piped(pipe)
    monkeypatch.setattr("sys.stdin", piped)
    file = named if named == "-" else str(pipe)
    codes = []
    importer = threading.Thread(
        target=lambda: codes.append(main(["import", file, "--db", database])), daemon=True
    )
    importer.start()
    with pipe.open("w") as stream:
        stream.write(json.dumps(result("P-1", 5)) + "\n")
        stream.flush()
        # half a file has come, and then silence
        assert monitor("result log P-1 platelets 190 10*9/L --on 2023-02-07")[0] == 0
    importer.join(30)
    piped.close()
    assert codes == [0]


def test_a_file_without_end_is_refused(monitor, monkeypatch):
    code, out, err = monitor("import /dev/zero")

    assert (code, out) == (2, "")
    assert err == "monitor: zero:1: longer than 10000000 bytes\n"


def test_a_file_of_too_many_lines_is_refused(monitor, write, monkeypatch):
    monkeypatch.setattr(importing, "_MOST_LINES", 3)

    code, _, err = monitor(f"import {write('1', *lines('P-1', 1, 2))}")

    assert (code, err.count("\n")) == (2, 1)
    assert "import it in parts" in err


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_a_file_that_holds_nothing_is_no_success(content, monitor, tmp_path):
    file = tmp_path / "night.jsonl"
    file.write_text(content)

    said = monitor(f"import {file}")

    assert said == (2, "", "monitor: night.jsonl: is empty; nothing was stored\n")
